using System.Diagnostics;
using Penstock.Bench.Processes;

namespace Penstock.Bench.Soak;

/// <summary>Looks at the gateway's memory and descriptors as long as the load lasts.</summary>
internal sealed class SoakWatch(int process, TimeSpan interval)
{
    private readonly ProcessGroup _group = ProcessGroup.Find([process]);
    private readonly List<SoakSample> _samples = [];

    /// <summary>In the order in which they were taken.</summary>
    public IReadOnlyList<SoakSample> Samples => _samples;

    /// <param name="taken">Called after each sample.</param>
    /// <param name="ended">Ends the watch.</param>
    public async Task RunAsync(Action<SoakSample> taken, CancellationToken ended)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                var sample = new SoakSample(
                    Stopwatch.GetElapsedTime(started),
                    _group.Sample().ResidentKilobytes,
                    Directory.GetFileSystemEntries($"/proc/{process}/fd").Length);
                _samples.Add(sample);
                taken(sample);
            }
        }
        catch (OperationCanceledException)
        {
            // The load has ended.
        }
    }
}
