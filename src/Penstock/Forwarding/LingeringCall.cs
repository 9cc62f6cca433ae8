namespace Penstock.Forwarding;

/// <summary>A call that may go on for a while after its caller has left, for the sake of its usage.</summary>
internal sealed class LingeringCall : IDisposable
{
    private readonly CancellationTokenSource _givenUp = new();
    private readonly CancellationTokenRegistration _onCallerGone;
    private readonly Deadline _deadline;

    /// <param name="timeout">How long the call has when its caller has left.</param>
    /// <param name="time">The clock.</param>
    /// <param name="callerGone">Fires when it has.</param>
    public LingeringCall(TimeSpan timeout, TimeProvider time, CancellationToken callerGone)
    {
        _deadline = new Deadline(_givenUp, time, Timeout.InfiniteTimeSpan);
        _onCallerGone = callerGone.UnsafeRegister(_ => _deadline.Set(timeout), null);
    }

    /// <summary>Fires when nothing more is to be done.</summary>
    public CancellationToken GivenUp => _givenUp.Token;

    public void Dispose()
    {
        _onCallerGone.Dispose();
        _deadline.Dispose();
        _givenUp.Dispose();
    }
}
