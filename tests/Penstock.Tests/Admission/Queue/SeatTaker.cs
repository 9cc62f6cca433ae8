using Penstock.Admission.Queue;
using Penstock.Backends;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>Takes a seat of one backend, and sees no other one when it has that: it has a single attempt.</summary>
/// <param name="state">The backend's.</param>
/// <param name="seats">How many it has.</param>
internal sealed class SeatTaker(BackendState state, Func<int> seats) : ISeatSeeker
{
    private BackendState.Lease? _lease;

    public IEnumerable<BackendState> Backends => [state];

    public bool SeesRoom => _lease is null && state.InFlight < seats();

    public bool TakesAny { get; init; } = true;

    /// <summary>Whether its backend could answer, had it a seat.</summary>
    public Func<bool> IsAble { get; init; } = () => true;

    public bool CanWait(TimeSpan left) => IsAble();

    /// <summary>The seat that it has got.</summary>
    public BackendState.Lease Lease => _lease ?? throw new InvalidOperationException("It has no seat.");

    public BackendState? TryTake(bool mayWait)
    {
        Assert.Null(_lease);
        return SeesRoom && state.TryEnter(seats(), out _lease) ? state : null;
    }
}
