using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class RequestEditsProperties
{
    private static readonly byte[] Renamed = JsonText.Quote("other \"model\" é");

    [Fact]
    public void RenameModel_AnyBody_ChangesTheModelAndNothingElse() => ForAll.Check(RequestTexts.Editable, json =>
    {
        Assert.True(RequestParser.TryParse(json, strict: false, out var request, out _));
        var splice = new Splice();
        RequestEdits.RenameModel(ref splice, request, Renamed);

        var edited = Apply(splice, json);

        Assert.True(RequestParser.TryParse(edited, strict: false, out var again, out _));
        Assert.Equal(Renamed, again.Model.Of(edited));
        Assert.Equal(Without(json, request.Model), Without(edited, request.Model.IsPresent ? again.Model : Inserted(splice, request.ObjectStart + 1)));
        AssertSameMembers(json, edited, "model");
    }, 1000);

    [Fact]
    public void AskForUsage_AnyBody_SetsTheOptionAndNothingElse() => ForAll.Check(RequestTexts.Editable, json =>
    {
        Assert.True(RequestParser.TryParse(json, strict: false, out var request, out _));
        var splice = new Splice();
        RequestEdits.AskForUsage(ref splice, json, request);

        var edited = Apply(splice, json);

        Assert.True(RequestParser.TryParse(edited, strict: false, out var again, out _));
        Assert.True(again.IncludeUsage);
        AssertSameMembers(json, edited, "stream_options");
        if (!request.StreamOptions.IsPresent || json[request.StreamOptions.Start] != (byte)'{') return;
        AssertSameMembers(request.StreamOptions.Of(json).ToArray(), again.StreamOptions.Of(edited).ToArray(), "include_usage");
    }, 1000);

    [Fact]
    public void BothEdits_AnyBody_GiveValidJson() => ForAll.Check(RequestTexts.Editable, json =>
    {
        Assert.True(RequestParser.TryParse(json, strict: false, out var request, out _));
        var splice = new Splice();
        RequestEdits.RenameModel(ref splice, request, Renamed);
        RequestEdits.AskForUsage(ref splice, json, request);

        var edited = Apply(splice, json);

        Assert.True(RequestParser.TryParse(edited, strict: false, out var again, out var error), error?.Message + Encoding.UTF8.GetString(edited));
        Assert.True(again.IncludeUsage);
        Assert.Equal(Renamed, again.Model.Of(edited));
    }, 1000);

    private static byte[] Apply(Splice splice, byte[] json)
    {
        var edited = new byte[json.Length + splice.Growth];
        splice.CopyTo(json, edited);
        return edited;
    }

    private static JsonSpan Inserted(Splice splice, int at) => new(at, splice.Growth);

    private static byte[] Without(byte[] json, JsonSpan span) => [.. json[..span.Start], .. json[span.End..]];

    // Everything but one member, byte for byte and in order.
    private static void AssertSameMembers(byte[] expected, byte[] actual, string but)
    {
        Assert.Equal(Members(expected, but), Members(actual, but));
        Assert.NotNull(JsonNode.Parse(actual));
    }

    private static List<(string Name, string Value)> Members(byte[] json, string but)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateObject().Where(p => !p.NameEquals(but)).Select(p => (p.Name, p.Value.GetRawText()))];
    }
}
