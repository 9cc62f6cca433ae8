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
    private int _takingAny;
    private bool _leavesSeats;

    /// <summary>How many wait. Read without the lock.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Whether what is free is left to whoever comes: all that wait were asked, and nobody wanted it. Changed without the lock, too.</summary>
    public bool LeavesSeats
    {
        get => Volatile.Read(ref _leavesSeats);
        set => Volatile.Write(ref _leavesSeats, value);
    }

    /// <summary>Whether somebody waits who would have a seat that is free. Read without the lock.</summary>
    public bool IsWaitedIn => Volatile.Read(ref _takingAny) > 0 && !LeavesSeats;

    /// <param name="ticket">Who it is.</param>
    /// <param name="takesAny">Whether any seat is good for it: whoever wants a certain one does not keep others from the rest.</param>
    public void Entered(in LineTicket ticket, bool takesAny)
    {
        if (takesAny)
        {
            LeavesSeats = false;
            Volatile.Write(ref _takingAny, _takingAny + 1);
        }

        Volatile.Write(ref _waiting, _waiting + 1);
        Interlocked.Increment(ref allWaiting.Value);
        series(ticket.Priority).Entered(ticket.Bytes);
    }

    /// <param name="entry">Its place.</param>
    /// <param name="end">How its waiting has ended.</param>
    /// <param name="waited">How long it was.</param>
    public void Ended(QueueEntry<Waiter> entry, LineEnd end, TimeSpan waited)
    {
        if (entry.Item.TakesAny) Volatile.Write(ref _takingAny, _takingAny - 1);
        Volatile.Write(ref _waiting, _waiting - 1);
        Interlocked.Decrement(ref allWaiting.Value);
        if (end != LineEnd.Served) CountRefused(entry.Priority, end);
        series(entry.Priority).Ended(entry.Bytes, end == LineEnd.Served ? waited : null);
    }

    /// <summary>A call got no seat. Who has left was not refused, nor who looks elsewhere.</summary>
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
