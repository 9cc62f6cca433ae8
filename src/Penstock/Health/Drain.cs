namespace Penstock.Health;

/// <summary>
/// The end of a process's life: no new requests, those in flight finish, and when the time for that is over they are
/// told to end. It counts the requests, so that the process can stop as soon as the last one has ended.
/// </summary>
internal sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _expired = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _inFlight;
    private volatile bool _isDraining;

    public bool IsDraining => _isDraining;

    /// <summary>Fires when the time for finishing is over.</summary>
    public CancellationToken Expired => _expired.Token;

    /// <summary>Counts a request in; false where the gateway takes no more.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _inFlight);
        if (!_isDraining) return true;
        Leave();
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0 && _isDraining) _idle.TrySetResult();
    }

    /// <summary>Takes no more requests, and returns when the last one has ended.</summary>
    /// <param name="timeout">After that time the requests are told to end.</param>
    /// <param name="grace">How long they then have, before this gives up on them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hurry">Ends the timeout early: a host may give less time than the gateway would.</param>
    /// <returns>Whether all of them ended by themselves.</returns>
    public async Task<bool> RunAsync(TimeSpan timeout, TimeSpan grace, TimeProvider time, CancellationToken hurry)
    {
        _isDraining = true;
        if (Interlocked.Read(ref _inFlight) == 0) _idle.TrySetResult();
        if (await IsIdleWithinAsync(timeout, time, hurry)) return true;
        await _expired.CancelAsync();
        await IsIdleWithinAsync(grace, time, CancellationToken.None);
        return false;
    }

    public void Dispose() => _expired.Dispose();

    private async Task<bool> IsIdleWithinAsync(TimeSpan timeout, TimeProvider time, CancellationToken hurry)
    {
        try
        {
            await _idle.Task.WaitAsync(timeout, time, hurry);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
