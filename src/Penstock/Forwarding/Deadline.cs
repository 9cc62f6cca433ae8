namespace Penstock.Forwarding;

/// <summary>
/// The moment at which an attempt is cancelled. A stream moves it with every event: that is a write, and the timer,
/// when it fires, finds out that it has to wait longer.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private const long Never = long.MaxValue;

    private readonly CancellationTokenSource _source;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _at;
    private long _timerAt;

    /// <param name="source">What is cancelled.</param>
    /// <param name="time">The clock.</param>
    /// <param name="timeout">How long from now; infinite: not before <see cref="Set"/>.</param>
    public Deadline(CancellationTokenSource source, TimeProvider time, TimeSpan timeout)
    {
        _source = source;
        _time = time;
        _at = _timerAt = After(timeout);
        // Armed afterwards: it may fire at once, and then it is armed again.
        _timer = time.CreateTimer(static deadline => ((Deadline)deadline!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (_at != Never) _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Moves it, to so long from now.</summary>
    public void Set(TimeSpan timeout)
    {
        var at = After(timeout);
        // A full fence, as in Check: either this sees the timer's new time or the timer sees this deadline.
        Interlocked.Exchange(ref _at, at);
        if (at < Volatile.Read(ref _timerAt)) Arm(at);
    }

    /// <summary>Takes it away.</summary>
    public void Clear() => Volatile.Write(ref _at, Never);

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        Interlocked.Exchange(ref _timerAt, Never);
        var at = Volatile.Read(ref _at);
        if (at == Never) return;
        if (at > _time.GetTimestamp())
        {
            Arm(at);
            return;
        }

        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The attempt has ended this very moment.
        }
    }

    private void Arm(long at)
    {
        Interlocked.Exchange(ref _timerAt, at);
        var left = _time.GetElapsedTime(_time.GetTimestamp(), at);
        try
        {
            // A millisecond more than too early by a fraction of one.
            _timer.Change(left > TimeSpan.Zero ? left + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // As above.
        }
    }

    private long After(TimeSpan timeout) => timeout == Timeout.InfiniteTimeSpan ? Never
        : _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
}
