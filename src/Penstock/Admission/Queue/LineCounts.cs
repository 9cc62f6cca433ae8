using System.Runtime.CompilerServices;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Admission.Queue;

/// <summary>How many wait in a line, for those who come, and what became of them, for the metrics. Changed under the line's lock.</summary>
/// <param name="series">Where it is counted, by priority.</param>
/// <param name="allWaiting">How many wait in all lines.</param>
internal sealed class LineCounts(Func<CallerPriority, QueueSeries> series, StrongBox<int> allWaiting)
{
    private int _waiting;

    /// <summary>How many wait. Read without the lock.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Entered(in LineTicket ticket)
    {
        Volatile.Write(ref _waiting, _waiting + 1);
        Interlocked.Increment(ref allWaiting.Value);
        series(ticket.Priority).Entered(ticket.Bytes);
    }

    /// <param name="priority">The priority.</param>
    /// <param name="bytes">What it held.</param>
    /// <param name="end">How its waiting has ended.</param>
    /// <param name="waited">How long it was.</param>
    public void Ended(CallerPriority priority, long bytes, LineEnd end, TimeSpan waited)
    {
        Volatile.Write(ref _waiting, _waiting - 1);
        Interlocked.Decrement(ref allWaiting.Value);
        if (end != LineEnd.Served) CountRefused(priority, end);
        series(priority).Ended(bytes, end == LineEnd.Served ? waited : null);
    }

    /// <summary>A call got no seat. Who has left was not refused.</summary>
    public void CountRefused(CallerPriority priority, LineEnd end)
    {
        var reason = end switch
        {
            LineEnd.Full => "full",
            LineEnd.Shed => "shed",
            LineEnd.TimedOut => "timeout",
            _ => null,
        };
        if (reason is not null) series(priority).CountRefused(reason);
    }
}
