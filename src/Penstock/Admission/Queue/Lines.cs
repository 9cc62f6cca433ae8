using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Admission.Queue;

/// <summary>The lines, by the names of their pools. They outlive reloads, and so do those who wait.</summary>
internal sealed partial class Lines(GatewayMetrics metrics, TimeProvider time, ILogger<Lines> logger) : IDisposable
{
    private readonly ConcurrentDictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly StrongBox<int> _waiting = new();

    /// <summary>The line of a pool.</summary>
    /// <param name="pool">Its name, which is the configuration's.</param>
    public Line For(string pool) => _lines.TryGetValue(pool, out var line) ? line : _lines.GetOrAdd(pool, NewLine);

    /// <summary>Whether somebody waits there who comes first to what is free. While nobody waits anywhere that costs a read.</summary>
    public bool AreWaitedIn(string pool) => Volatile.Read(ref _waiting.Value) != 0 && _lines.TryGetValue(pool, out var line) && line.IsWaitedIn;

    public void Dispose()
    {
        foreach (var line in _lines.Values) line.Dispose();
    }

    private Line NewLine(string pool)
    {
        QueueSeries[] series = [.. Enum.GetValues<CallerPriority>().Select(priority => metrics.Queue.Of(pool, ConfigWords.Priorities.For(priority)))];
        return new Line(new LineCounts(priority => series[(int)priority], _waiting), Random.Shared.NextDouble, time, e => Log.Failed(logger, e, pool));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A seat could not be offered to those who wait for {Pool}")]
        public static partial void Failed(ILogger logger, Exception exception, string pool);
    }
}
