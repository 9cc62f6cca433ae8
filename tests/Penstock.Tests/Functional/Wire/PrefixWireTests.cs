using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing.Prefix;
using Penstock.Server.Mock.Engines;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Wire;

/// <summary>
/// Conversations through the gateway to four servers that behave as vLLM or llama.cpp: not how fast they are answered, which
/// hangs on the machine, but why.
/// </summary>
public sealed class PrefixWireTests : IAsyncLifetime
{
    private readonly List<HeardEngine> _servers = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Conversations_ByPrefix_FindWhatTheyHaveSaid_AndByTurnsTheyDoNot(bool isVllm)
    {
        var (prefixAware, _) = await ConverseAsync("prefix_aware", isVllm);
        var (roundRobin, _) = await ConverseAsync("round_robin", isVllm);

        // Mostly more than 0.6, and less than 0.2. How much it is hangs on the machine: at this speed a busy one has calls overlap that
        // would not, and what is in a slot that is in use is no use.
        var (found, byChance) = (CachedPartOf(prefixAware), CachedPartOf(roundRobin));
        Assert.True(found > 0.3 && found > 2 * byChance, $"By prefix {found:F2} of what was known was found, by turns {byChance:F2}.");
    }

    [Fact]
    public async Task LlamaCpp_TakesTheSlotThatItIsTold()
    {
        var (figures, servers) = await ConverseAsync("prefix_aware", isVllm: false);

        var (kept, taken) = (0, 0);
        foreach (var server in servers)
        {
            var slots = new Dictionary<int, HeardCall>();
            foreach (var call in server.Calls)
            {
                // Where the gateway leaves the choice to the server, which it does when it thinks that no slot is idle, no
                // slot's content is known from here on.
                if (call.Slot is not { } slot) break;
                Assert.InRange(slot, 0, 3);
                if (slots.TryGetValue(slot, out var before))
                {
                    // What it has of the prompt is what the call before has left in that slot, and not in another.
                    var isOwn = before.Conversation == call.Conversation;
                    Assert.Equal(isOwn, figures[call.Conversation, call.Turn].Cached > 0);
                    if (isOwn) kept++;
                    else taken++;
                }

                slots[slot] = call;
            }
        }

        Assert.True(kept > WireLoad.Conversations, $"Of the turns that followed on one of their own in its slot there were {kept}, of others {taken}.");
    }

    private static double CachedPartOf(TurnFigures[,] figures)
    {
        var all = figures.Cast<TurnFigures>().ToList();
        return all.Sum(turn => (double)turn.Cached) / all.Sum(turn => (double)turn.Known);
    }

    private async Task<(TurnFigures[,] Figures, IReadOnlyList<HeardEngine> Servers)> ConverseAsync(string policy, bool isVllm)
    {
        // A prompt of 3,000 tokens takes some 40 ms of either.
        var (engine, kind, speed) = isVllm ? (MockEngine.Vllm, EngineKind.Vllm, 10) : (MockEngine.LlamaCpp, EngineKind.LlamaCpp, 40);
        var servers = new List<HeardEngine>();
        for (var i = 0; i < 4; i++)
        {
            servers.Add(await HeardEngine.StartAsync(engine, speed));
            _servers.Add(servers[i]);
        }

        await using var gateway = await TestGateway.StartAsync($"""
            models:
              - name: m
                backends: [s0, s1, s2, s3]
                policy: {policy}
            backends:
            {string.Join('\n', servers.Select((server, i) => $"  - name: s{i}\n    url: {server.Url}"))}
            """);
        var backends = Enumerable.Range(0, 4).Select(i => Probing.BackendOf(gateway, $"s{i}")).ToList();
        await Patience.UntilAsync(() => backends.All(backend => backend.State.Engine?.Kind == kind), "the servers are recognised");

        var figures = await WireLoad.RunAsync(gateway, servers);

        await Answers.WaitUntilIdleAsync(gateway);
        Assert.Equal(WireLoad.Conversations * WireLoad.Turns, servers.Sum(server => server.Calls.Count));
        var paces = gateway.Get<PrefixPools>().For(backends).Paces;
        Assert.All(backends, backend => AssertIdle(backend, paces.Of(backend).Read(now: 0)));
        return (figures, servers);
    }

    private static void AssertIdle(Backend backend, PaceReading pace)
    {
        Assert.Equal(0, backend.State.InFlight);
        Assert.Equal((0, 0, 0), (pace.Waiting, pace.Running, pace.WaitingTokens));
    }
}
