using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>A scripted server of each test's own; at the end nothing of its scripts may have failed.</summary>
public abstract class UpstreamTest : IAsyncLifetime
{
    private protected ScriptedUpstream Upstream { get; } = ScriptedUpstream.Start();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Upstream.DisposeAsync();
        Assert.Empty(Upstream.ScriptErrors);
    }
}
