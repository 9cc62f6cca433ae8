using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Penstock.Tests.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>The executable is killed at random moments under load: what the ledger has is compared with what callers saw.</summary>
[Collection(nameof(AloneGroup))]
public sealed class LedgerCrashTests
{
    private const int Calls = 10_000;
    private const int Callers = 8;
    private const int Kills = 6;

    // What the ledger promises.
    private static readonly TimeSpan MostLost = TimeSpan.FromMilliseconds(200);

    [UnixFact]
    public async Task Kill_UnderLoad_LosesTheLast200MillisecondsAtMost_AndCountsNothingTwice()
    {
        await using var store = await TestStore.StartAsync();
        var answered = new ConcurrentDictionary<string, TimeSpan>();
        var allowed = new HashSet<string>(StringComparer.Ordinal);
        var random = new Random(20261121);
        var made = 0;
        for (var round = 0; round <= Kills; round++)
        {
            await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(variables: [("STORE", store.Address)]));
            var share = round == Kills ? Calls - made : random.Next(Calls / (Kills + 2), Calls / (Kills + 1));
            made += share;
            var load = new Load(gateway, round, share, answered);
            var calling = load.RunAsync();
            if (round == Kills)
            {
                await calling;
                gateway.Terminate();
                Assert.Equal(0, await gateway.WaitForExitAsync());
                break;
            }

            // In the middle of it, at any moment between two batches.
            await Patience.UntilAsync(() => load.Answered > share * 3 / 4 || calling.IsCompleted, "three quarters of the calls");
            await Task.Delay(random.Next(100));
            var killed = load.Now;
            gateway.Kill();
            await calling;
            // A process that the machine did not let run has answered nobody, either: that long it may have been late.
            var late = killed - MostLost - load.LongestCall;
            allowed.UnionWith(answered.Where(call => load.Owns(call.Key) && call.Value >= late).Select(call => call.Key));
        }

        var records = await store.AskAsync(async (connection, token) =>
        {
            await using var command = Penstock.Storage.Statements.Command(connection, "select request_id from usage_records");
            await using var reader = await command.ExecuteReaderAsync(token);
            var ids = new List<string>();
            while (await reader.ReadAsync(token)) ids.Add(reader.GetString(0));
            return ids;
        });

        var kept = records.ToHashSet(StringComparer.Ordinal);
        Assert.Equal(kept.Count, records.Count);
        Assert.Equal(records.Count, await store.NumberAsync("select sum(requests) from usage_rollups where span = 3600"));
        Assert.Equal(records.Count, await store.NumberAsync("select sum(requests) from usage_rollups where span = 86400"));
        Assert.DoesNotContain(answered.Keys, id => !kept.Contains(id) && !allowed.Contains(id));
        // Most calls were answered, or nothing was shown.
        Assert.InRange(answered.Count, Calls / 2, Calls);
    }

    /// <summary>Callers of one process: each makes one call after the other, until all are made or nobody answers.</summary>
    private sealed class Load(GatewayProcess gateway, int round, int count, ConcurrentDictionary<string, TimeSpan> answered)
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();
        private readonly string _prefix = $"round{round}-";
        private int _begun;
        private int _answered;
        private long _longest;

        public TimeSpan Now => TimeProvider.System.GetElapsedTime(_started);

        public int Answered => Volatile.Read(ref _answered);

        /// <summary>The longest that a call took that was answered.</summary>
        public TimeSpan LongestCall => new(Volatile.Read(ref _longest));

        public bool Owns(string id) => id.StartsWith(_prefix, StringComparison.Ordinal);

        public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync)));

        private async Task CallAsync()
        {
            while (Interlocked.Increment(ref _begun) is var number && number <= count)
            {
                var id = $"{_prefix}{number}";
                var began = Now;
                try
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
                    {
                        Content = new StringContent(TestGateway.Chat("hello"), Encoding.UTF8, "application/json"),
                    };
                    request.Headers.Add("X-Request-ID", id);
                    using var response = await gateway.Client.SendAsync(request);
                    Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                }
                catch (HttpRequestException)
                {
                    return;
                }

                var now = Now;
                answered[id] = now;
                Interlocked.Increment(ref _answered);
                InterlockedMax(ref _longest, (now - began).Ticks);
                // Not as fast as it can: the gateway is to have the processors when it needs them.
                await Task.Delay(2);
            }
        }

        private static void InterlockedMax(ref long most, long value)
        {
            for (var seen = Volatile.Read(ref most); value > seen;)
            {
                var before = Interlocked.CompareExchange(ref most, value, seen);
                if (before == seen) return;
                seen = before;
            }
        }
    }
}
