namespace Penstock.Admission.Queue;

/// <summary>The ways out of a line. Used under its lock.</summary>
/// <param name="queue">Who waits.</param>
/// <param name="offer">What was offered to them.</param>
/// <param name="counts">Where it is counted.</param>
/// <param name="report">Gets what a listener to a metric throws.</param>
internal sealed class LineExit(FairQueue<Waiter> queue, SeatOffer offer, LineCounts counts, Action<Exception> report)
{
    /// <summary>Sends those away whose time is over, and some of those that have nothing more to wait for here.</summary>
    /// <returns>Whether those were all.</returns>
    public bool SendAwayWhoWaitsInVain(TimeSpan now)
    {
        while (queue.TryExpire(now, out var late)) SendAway(late, LineEnd.TimedOut, now);
        var wereAll = !offer.AreMoreStranded;
        while (offer.TryTakeStranded(out var stranded))
        {
            if (queue.Remove(stranded.Place!, now)) SendAway(stranded.Place!, LineEnd.Moved, now);
        }

        return wereAll;
    }

    /// <summary>Ends somebody's waiting who is out of the queue already, with a seat that is free or without.</summary>
    public void SendAway(QueueEntry<Waiter> entry, LineEnd end, TimeSpan now)
    {
        var isServed = entry.Item.TakeAnything();
        if (isServed) queue.ServedLate(entry, now);
        End(entry, isServed ? LineEnd.Served : end, now);
    }

    /// <summary>Ends somebody's waiting who is out of the queue already.</summary>
    public void End(QueueEntry<Waiter> entry, LineEnd end, TimeSpan now)
    {
        try
        {
            counts.Ended(entry, end, now - entry.EnteredAt);
        }
        catch (Exception e)
        {
            // Who listens to a metric may throw. That is no misfortune of anybody's who waits, or comes.
            report(e);
        }
        finally
        {
            entry.Item.Finish(end);
        }
    }
}
