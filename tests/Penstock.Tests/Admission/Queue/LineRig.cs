using System.Runtime.CompilerServices;
using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Telemetry;
using Penstock.Tests.Tools;

namespace Penstock.Tests.Admission.Queue;

/// <summary>Lines in front of backends, on a clock that stands.</summary>
internal sealed class LineRig : IDisposable
{
    private readonly List<Line> _lines = [];

    public ManualTime Time { get; } = new();

    /// <summary>What a line has reported.</summary>
    public List<Exception> Reported { get; } = [];

    public BackendState NewBackend() => new(new StrongBox<long>(), new BackendHealth(time: Time));

    /// <param name="publish">Listens to how long calls have waited.</param>
    public Line NewLine(Action? publish = null)
    {
        var series = new QueueSeries("pool", "normal", (_, _) => publish?.Invoke());
        var line = new Line(new LineCounts(_ => series, new StrongBox<int>()), () => 0.5, Time, Reported.Add);
        _lines.Add(line);
        return line;
    }

    public static Task<LineAnswer> WaitAsync(
        Line line, ISeatSeeker seeker, double timeout = 3600, QueueConfig? bounds = null, CallerPriority priority = CallerPriority.Normal, string caller = "a") =>
        line.WaitAsync(
            seeker, new LineTicket(caller, priority, 100, 10, TimeSpan.FromSeconds(timeout)), bounds ?? new QueueConfig(), CancellationToken.None, CancellationToken.None).AsTask();

    public void Dispose() => _lines.ForEach(line => line.Dispose());
}
