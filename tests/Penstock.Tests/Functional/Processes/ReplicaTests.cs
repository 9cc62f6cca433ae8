using System.Diagnostics;
using System.Net;
using System.Text;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>
/// Three executables and a PostgreSQL server, of which one after the other is frozen, killed and started again under load:
/// what passes in all stays within the limit, and nobody is told anything but that.
/// </summary>
[Collection(nameof(AloneGroup))]
public sealed class ReplicaTests
{
    private const int PerMinute = 600;
    private const int Callers = 6;

    [PostgresFact]
    public async Task Limit_WhoeverDies_HoldsForAllReplicasTogether()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var start = GatewayStart.Serving($$"""
            backends: [{ name: echo, type: echo, models: [m] }]
            store: {{await cluster.NewDatabaseAsync()}}
            usage_spool: spool
            limits: { team: { requests_per_minute: {{PerMinute}} } }
            auth: { keys: [{ name: team, key: team-key, limits: team }] }
            """);
        var replicas = new GatewayProcess[3];
        for (var i = 0; i < 3; i++) replicas[i] = await GatewayProcess.ServeAsync(start);
        try
        {
            // All of them have heard of each other: a share of the limit is a third.
            await Task.Delay(TimeSpan.FromSeconds(2));
            var clock = Stopwatch.StartNew();
            var outages = new Stopwatch();
            var load = new Load(replicas);
            var calling = load.RunAsync();

            await load.PassAsync(PerMinute / 2);
            outages.Start();
            cluster.Freeze();
            await load.AnswerAsync(200);
            cluster.Thaw();
            outages.Stop();
            await load.PassAsync(1);

            replicas[1].Freeze();
            await Task.Delay(TimeSpan.FromSeconds(6));
            replicas[1].Thaw();
            await load.PassAsync(1);

            replicas[2].Kill();
            await replicas[2].DisposeAsync();
            await load.PassAsync(1);
            load.Replace(2, replicas[2] = await GatewayProcess.ServeAsync(start));

            outages.Start();
            await cluster.KillAsync();
            await load.AnswerAsync(200);
            await cluster.StartServerAsync();
            outages.Stop();
            await load.PassAsync(10);
            load.Stop();
            await calling;

            // A bucketful, and what came in. In an outage each replica begins with a second of its share, and what they let through
            // by themselves they owe afterwards: it came in at the store, too.
            var most = PerMinute + (PerMinute * (clock.Elapsed + outages.Elapsed).TotalMinutes) + (2 * PerMinute / 60) + 3;
            Assert.True(load.Passed <= most, $"{load.Passed} of {most:0} passed in {clock.Elapsed.TotalSeconds:0} s");
            Assert.InRange(load.Passed, PerMinute * 0.9, double.MaxValue);
            Assert.True(load.Others.Length == 0, load.Others);
        }
        finally
        {
            foreach (var replica in replicas.OfType<GatewayProcess>()) await replica.DisposeAsync();
        }
    }

    /// <summary>Callers that call the replicas in turn, without end; whom they do not reach they leave out.</summary>
    private sealed class Load(GatewayProcess[] replicas)
    {
        private volatile bool _isOver;
        private readonly HttpClient[] _clients = [.. replicas.Select(ClientOf)];
        private readonly StringBuilder _others = new();
        private int _passed;
        private int _answered;

        public int Passed => Volatile.Read(ref _passed);

        /// <summary>Answers that are neither a success nor that the limit is reached.</summary>
        public string Others
        {
            get
            {
                lock (_others) return _others.ToString();
            }
        }

        public void Replace(int index, GatewayProcess replica) => Volatile.Write(ref _clients[index], ClientOf(replica));

        public void Stop() => _isOver = true;

        public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(caller))));

        /// <summary>Waits until so many more calls have passed.</summary>
        public Task PassAsync(int count)
        {
            var until = Passed + count;
            return Patience.UntilAsync(() => Passed >= until, () => $"{until} calls have passed: {Passed}, {Others}");
        }

        /// <summary>Waits until so many more calls were answered, either way.</summary>
        public Task AnswerAsync(int count)
        {
            var until = Volatile.Read(ref _answered) + count;
            return Patience.UntilAsync(() => Volatile.Read(ref _answered) >= until, () => $"{until} calls are answered: {_answered}, {Others}");
        }

        private async Task CallAsync(int caller)
        {
            for (var turn = caller; !_isOver; turn++)
            {
                try
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
                    request.Headers.Add("Authorization", "Bearer team-key");
                    request.Content = new StringContent(TestGateway.Chat("hi"), Encoding.UTF8, "application/json");
                    using var response = await Volatile.Read(ref _clients[turn % 3]).SendAsync(request, CancellationToken.None);
                    Interlocked.Increment(ref _answered);
                    if (response.StatusCode == HttpStatusCode.OK) Interlocked.Increment(ref _passed);
                    else if (response.StatusCode == HttpStatusCode.TooManyRequests) await Task.Delay(5);
                    else Note($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    // The one that was killed, or frozen.
                    await Task.Delay(20);
                }
            }
        }

        private void Note(string answer)
        {
            lock (_others) _others.AppendLine(answer);
        }

        private static HttpClient ClientOf(GatewayProcess replica) => new() { BaseAddress = replica.Url, Timeout = TimeSpan.FromSeconds(10) };
    }
}
