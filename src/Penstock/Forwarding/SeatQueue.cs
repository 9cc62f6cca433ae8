using Penstock.Admission.Queue;
using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>Where calls stand in line whose pool is full.</summary>
/// <param name="lines">The lines.</param>
/// <param name="router">Finds the pools that are in force; null where nothing is yet.</param>
internal sealed class SeatQueue(Lines lines, Func<ModelRouter?> router)
{
    /// <summary>Whether others wait for a pool, and come first to what is free there.</summary>
    public bool IsWaitedFor(Pool pool) => lines.AreWaitedIn(pool.Name);

    /// <summary>Waits for a seat. The time that it takes is not the backend's, and goes into the record.</summary>
    /// <param name="call">The call.</param>
    /// <param name="failover">Where it may go.</param>
    /// <param name="pool">In whose line it waits.</param>
    /// <returns>
    /// The seat; or why there is none: the error, or that this pool has nobody any more who could answer, and it has to look
    /// elsewhere. None of these where nobody waits for the answer any more.
    /// </returns>
    public async ValueTask<(Pick? Pick, ApiError? Error, bool IsMoved)> WaitAsync(ForwardedCall call, Failover failover, Pool pool)
    {
        var record = call.Record;
        // What it has waited for earlier attempts counts.
        var timeout = (call.Queue.Timeout ?? pool.Queue.Timeout) - record.QueueTime;
        if (timeout < TimeSpan.Zero) timeout = TimeSpan.Zero;
        var seeker = new SeatSeeker(call, failover, pool.Name, router);
        var ticket = new LineTicket(record.Caller, call.Queue.Priority, record.TokenEstimate, record.BytesIn, timeout);
        var line = lines.For(pool.Name);
        var (end, waited, retryAfter) = await line.WaitAsync(seeker, ticket, pool.Queue, call.CallerGone, call.ShutDown);
        record.QueueTime += waited;
        switch (end)
        {
            case LineEnd.Served when !call.CallerGone.IsCancellationRequested:
                call.WaitedIn = line;
                return (seeker.Pick, null, false);
            case LineEnd.Served:
                seeker.Pick.Dispose();
                return default;
            case LineEnd.Left:
                return default;
            case LineEnd.Moved:
                return (null, null, true);
            case LineEnd.TimedOut:
                return (null, Errors.QueueTimeout(record.QueueTime, retryAfter), false);
            default:
                return (null, Errors.QueueFull(retryAfter), false);
        }
    }
}
