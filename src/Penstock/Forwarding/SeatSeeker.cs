using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>A call that waits for a seat: at its own pool, by the pool's policy, or at a fallback where nobody waits for that.</summary>
/// <param name="call">The call.</param>
/// <param name="failover">Where it may go.</param>
/// <param name="pool">In whose line it stands.</param>
/// <param name="timeout">How long it may wait.</param>
/// <param name="time">The clock.</param>
internal sealed class SeatSeeker(ForwardedCall call, Failover failover, Pool pool, TimeSpan timeout, TimeProvider time) : ISeatSeeker
{
    private readonly long _since = time.GetTimestamp();
    private Pick _pick;

    /// <summary>What it got.</summary>
    public Pick Pick => _pick;

    public IEnumerable<BackendState> Backends
    {
        get
        {
            foreach (var one in call.Route.Pools)
            {
                for (var i = 0; i < one.Members.Length; i++) yield return one.Members[i].State;
            }
        }
    }

    public bool SeesRoom => failover.SeesRoom;

    // A policy may like a full server better than a free one. Who has waited for half of the time that it has takes what there is.
    public bool TryTake() => failover.TryPick(out _pick, inLineOf: pool, mayWait: time.GetElapsedTime(_since) < timeout / 2);
}
