namespace Penstock.Backends;

/// <summary>Who wants to know when a backend has room: nobody, most of the time, and then that costs a read.</summary>
internal sealed class SeatWatchers
{
    // Never changed, only replaced. Who has had a seat last is last.
    private ISeatWatcher[] _watchers = [];

    /// <summary>Tells it from now on. What was before that, it has to look at afterwards.</summary>
    public void Add(ISeatWatcher watcher) => Replace(old => [.. old, watcher]);

    public void Remove(ISeatWatcher watcher) => Replace(old => Array.FindAll(old, w => w != watcher));

    /// <summary>It has taken a seat: the others come before it from now on, so that nobody takes all.</summary>
    /// <returns>Whether there are others.</returns>
    public bool GoLast(ISeatWatcher watcher)
    {
        var watchers = Volatile.Read(ref _watchers);
        if (watchers.Length < 2) return false;
        if (watchers[^1] != watcher) Replace(old => [.. Array.FindAll(old, w => w != watcher), watcher]);
        return true;
    }

    /// <summary>A seat has become free. A full fence lies between that and this.</summary>
    public void Wake() => Tell(isOne: true);

    /// <summary>Something has changed under a lock, and may have brought many seats: whoever wants to know hears of it on another thread.</summary>
    public void WakeElsewhere()
    {
        // Either this sees the watcher, or the watcher sees what has changed.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _watchers).Length > 0) ThreadPool.UnsafeQueueUserWorkItem(static watchers => watchers.Tell(isOne: false), this, preferLocal: false);
    }

    private void Tell(bool isOne)
    {
        foreach (var watcher in Volatile.Read(ref _watchers)) watcher.SeatFreed(isOne);
    }

    private void Replace(Func<ISeatWatcher[], ISeatWatcher[]> change)
    {
        ISeatWatcher[] old;
        do old = Volatile.Read(ref _watchers);
        while (Interlocked.CompareExchange(ref _watchers, change(old), old) != old);
    }
}
