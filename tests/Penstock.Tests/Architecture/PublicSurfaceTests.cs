using System.Text;
using Xunit;

namespace Penstock.Tests.Architecture;

public sealed class PublicSurfaceTests
{
    // What applications compile against: a line that changes here is a decision, not an accident.
    [Fact]
    public void Library_PublicSurface_IsTheOneThatWasReviewed()
    {
        var surface = string.Join('\n', PublicSurface.Of(typeof(PenstockOptions).Assembly)) + "\n";
        using var approved = typeof(PublicSurfaceTests).Assembly.GetManifestResourceStream("PublicSurface.txt")!;

        var expected = new StreamReader(approved, Encoding.UTF8).ReadToEnd().ReplaceLineEndings("\n");

        Assert.True(expected == surface, $"""
            The public surface differs from tests/Penstock.Tests/Architecture/PublicSurface.txt.
            If that is meant, put this into the file:

            {surface}
            """);
    }

    [Fact]
    public void Executable_HasNoPublicSurface() =>
        Assert.Equal(["Program"], typeof(Penstock.Server.GatewayHost).Assembly.GetExportedTypes().Select(t => t.FullName));
}
