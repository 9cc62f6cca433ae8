using System.Diagnostics;
using Penstock.Bench.Http;
using Penstock.Bench.Load;
using Penstock.Bench.Net;
using Penstock.Bench.Processes;

namespace Penstock.Bench.Idle;

/// <summary>Opens many streams, waits until each has begun, and looks at the memory before and after.</summary>
internal sealed class IdleRun(IdleOptions options, ProcessGroup processes, ErrorLog errors)
{
    // Fewer than any server's default backlog, so that no connect waits a second for its second SYN.
    private const int OpeningAtOnce = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private int _begun;
    private int _opening;

    public void CountBegun()
    {
        _opening--;
        _begun++;
    }

    public void CountFailed(string problem, bool begun)
    {
        errors.Add(problem);
        if (begun)
            _begun--;
        else
            _opening--;
    }

    public IdleResult Run(Target target, byte[] request)
    {
        using var loop = new EventLoop();
        CloseAll(Open(loop, options.WarmupStreams, target, request));
        Wait(loop, options.Settle);
        var before = processes.Sample();

        var started = Stopwatch.GetTimestamp();
        var links = Open(loop, options.Streams, target, request);
        var opened = Stopwatch.GetElapsedTime(started);
        Wait(loop, options.Settle);
        var after = processes.Sample();
        var streams = _begun;
        CloseAll(links);

        var grown = after.ResidentKilobytes - before.ResidentKilobytes;
        return new IdleResult
        {
            Streams = streams,
            Errors = errors.Count,
            OpenSeconds = opened.TotalSeconds,
            ResidentKilobytesBefore = processes.IsEmpty ? null : before.ResidentKilobytes,
            ResidentKilobytesAfter = processes.IsEmpty ? null : after.ResidentKilobytes,
            KilobytesPerStream = processes.IsEmpty || streams == 0 ? null : (double)grown / streams,
        };
    }

    private static void Wait(EventLoop loop, TimeSpan time)
    {
        // The loop runs on, so that a stream that is closed meanwhile is seen.
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
            loop.Poll(20);
    }

    private List<IdleLink> Open(EventLoop loop, int count, Target target, byte[] request)
    {
        var links = new List<IdleLink>(count);
        var started = Stopwatch.GetTimestamp();
        while ((links.Count < count || _opening > 0) && !errors.IsHopeless)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                errors.Add($"{_opening} streams had no first event after {Patience.TotalSeconds} s");
                break;
            }

            while (links.Count < count && _opening < OpeningAtOnce)
            {
                var link = new IdleLink(loop, this);
                links.Add(link);
                _opening++;
                link.Begin(target, request);
                if (errors.IsHopeless)
                    break;
            }

            loop.Poll(20);
        }

        return links;
    }

    private void CloseAll(List<IdleLink> links)
    {
        foreach (var link in links)
            link.Close();
        _begun = 0;
        _opening = 0;
    }
}
