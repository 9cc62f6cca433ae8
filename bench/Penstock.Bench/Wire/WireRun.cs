using System.Diagnostics;
using System.Globalization;

namespace Penstock.Bench.Wire;

/// <summary>One policy: new servers, whose caches are empty, a gateway before them, and conversations until the time is over.</summary>
internal sealed class WireRun(WireOptions options, HttpClient client)
{
    // The last turns that begin are awaited for as long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<WireTurn> _turns = [];
    private int _conversations;

    /// <exception cref="OperationCanceledException">It was stopped; so were all that it had started.</exception>
    public static async Task<WireResult> RunAsync(WireOptions options, string policy, CancellationToken stopping)
    {
        var processes = new List<PenstockProcess>();
        try
        {
            string[] mock = ["mock", "--engine", options.Engine, "--port", "0", "--tokens", string.Create(CultureInfo.InvariantCulture, $"{WireConversation.MostAnswerTokens}")];
            while (processes.Count < options.Servers) processes.Add(await PenstockProcess.StartAsync(options.Executable, mock, yaml: null, stopping));
            var gateway = await PenstockProcess.StartAsync(options.Executable, [], Configuration(policy, processes), stopping);
            processes.Add(gateway);
            using var client = new HttpClient { BaseAddress = gateway.Url, Timeout = Timeout.InfiniteTimeSpan };
            return await new WireRun(options, client).ConverseAsync(policy, stopping);
        }
        finally
        {
            // The gateway first: what is in flight ends there.
            foreach (var process in Enumerable.Reverse(processes)) await process.DisposeAsync();
        }
    }

    private static string Configuration(string policy, List<PenstockProcess> servers) => $"""
        models:
          - name: wire
            backends: [{string.Join(", ", servers.Select((_, i) => NameOf(i)))}]
            policy: {policy}
        backends:
        {string.Join('\n', servers.Select((server, i) => $"  - name: {NameOf(i)}\n    url: {server.Url}"))}
        """;

    private static string NameOf(int server) => string.Create(CultureInfo.InvariantCulture, $"server-{server}");

    private async Task<WireResult> ConverseAsync(string policy, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        ending.CancelAfter(options.Duration + Patience);
        await Task.WhenAll(Enumerable.Range(0, options.Conversations).Select(lane => ConverseAsync(lane, ending.Token)));
        stopping.ThrowIfCancellationRequested();
        return new WireResult(policy, _turns);
    }

    // One conversation after the other. They do not all begin in one moment.
    private async Task ConverseAsync(int lane, CancellationToken stopping)
    {
        var first = options.WarmUp / 2 * lane / options.Conversations;
        while (true)
        {
            var conversation = new WireConversation(options.Seed, Interlocked.Increment(ref _conversations));
            for (var pause = first; conversation.HasMore; pause = conversation.Pause())
            {
                try
                {
                    await Task.Delay(pause, stopping);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                var begun = Stopwatch.GetElapsedTime(_started);
                if (begun > options.Duration) return;
                var turn = await conversation.AskAsync(client, stopping);
                if (begun < options.WarmUp && turn.Failure is null) continue;
                lock (_turns) _turns.Add(turn);
                if (turn.Failure is not null) break;
            }

            first = conversation.Pause();
        }
    }
}
