using Penstock.Admission.Queue;
using Penstock.Backends;

namespace Penstock.Tests.Admission.Queue;

/// <summary>Takes a seat of a backend that it likes, and of another one only where it may not wait. Each has one seat.</summary>
/// <param name="likes">Where it wants to go.</param>
/// <param name="takes">Where it could go as well.</param>
internal sealed class PickySeeker(BackendState likes, params BackendState[] takes) : ISeatSeeker
{
    /// <summary>How often it was offered something.</summary>
    public int Asked { get; private set; }

    /// <summary>What it has got; null: nothing.</summary>
    public BackendState.Lease? Lease { get; private set; }

    public IEnumerable<BackendState> Backends => [likes, .. takes];

    public bool SeesRoom => Backends.Any(state => state.InFlight == 0);

    public bool TakesAny => true;

    public bool CanWait(TimeSpan left) => true;

    public BackendState? TryTake(bool mayWait)
    {
        Asked++;
        foreach (var state in mayWait ? [likes] : Backends)
        {
            if (state.InFlight > 0 || !state.TryEnter(1, out var lease)) continue;
            Lease = lease;
            return state;
        }

        return null;
    }
}
