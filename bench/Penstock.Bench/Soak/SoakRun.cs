using System.Diagnostics;
using System.Globalization;

namespace Penstock.Bench.Soak;

/// <summary>A soak: upstreams and callers in this process, the gateway in another, and the load between them.</summary>
internal sealed class SoakRun(SoakOptions options, TextWriter progress)
{
    private readonly SoakTally _tally = new();
    private readonly HashSet<Task> _calls = [];

    /// <exception cref="OperationCanceledException">It was stopped early; so was all that it had started.</exception>
    public async Task<SoakReport> RunAsync(CancellationToken stopping)
    {
        await using var a = new FaultyServer(new FaultPlan(options.Seed, 1));
        await using var b = new FaultyServer(new FaultPlan(options.Seed, 2));
        await using var c = new FaultyServer(new FaultPlan(options.Seed, 3));
        await using var steady = new FaultyServer(plan: null);
        await using var gateway = await SoakGateway.StartAsync(options.Executable, SoakConfiguration.Yaml([a, b, c], steady));
        var watch = new SoakWatch(gateway.ProcessId, options.SampleInterval);

        using var ended = new CancellationTokenSource();
        var watching = watch.RunAsync(Tell, ended.Token);
        await LoadAsync(gateway, stopping);
        await ended.CancelAsync();
        await watching;
        await Task.WhenAll(_calls);

        var inFlight = await InFlightAsync(gateway);
        var end = new SoakEnd(inFlight, await gateway.StopAsync());
        progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"served: faulty {a.Served}, {b.Served}, {c.Served}; steady {steady.Served}"));
        var injected = a.Injected.Zip(b.Injected, (x, y) => x + y).Zip(c.Injected, (x, y) => x + y).ToArray();
        return new SoakReport(_tally, injected, [.. watch.Samples.Where(s => s.At >= options.WarmUp)], end);
    }

    /// <summary>Begins calls at the rate that was asked for, whatever becomes of those before: a slow answer must not hide load.</summary>
    private async Task LoadAsync(SoakGateway gateway, CancellationToken stopping)
    {
        var started = Stopwatch.GetTimestamp();
        for (var number = 1; Stopwatch.GetElapsedTime(started) < options.Duration; number++)
        {
            stopping.ThrowIfCancellationRequested();
            if (gateway.HasExited)
                throw new UsageException("the gateway has ended in the middle of the run");
            var due = TimeSpan.FromSeconds((double)number / options.Rate) - Stopwatch.GetElapsedTime(started);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, stopping);
            _calls.RemoveWhere(call => call.IsCompleted);
            _calls.Add(CallAsync(number, gateway.Client));
        }
    }

    private async Task CallAsync(int number, HttpClient client)
    {
        await Task.Yield();
        _tally.Add(await new SoakCall(number, client, options.Patience).RunAsync());
    }

    private void Tell(SoakSample sample) => progress.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{sample.At.TotalSeconds,6:0} s: {sample.ResidentKilobytes / 1024.0:0.0} MB, {sample.Descriptors} descriptors, "
        + $"{_tally.Count(SoakOutcome.Whole)} whole, {_tally.Count(SoakOutcome.ClearError)} clear errors, "
        + $"{_tally.Count(SoakOutcome.Unanswered) + _tally.Count(SoakOutcome.Wrong)} bad"));

    // The last callers have just left: what they had asked for ends a moment later.
    private static async Task<long> InFlightAsync(SoakGateway gateway)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var count = await gateway.InFlightAsync();
            if (count == 0 || Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(10))
                return count;
            await Task.Delay(100);
        }
    }
}
