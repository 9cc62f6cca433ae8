using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>A call that waits for a seat: at its own pool, by the pool's policy, or at a fallback where nobody waits for that.</summary>
/// <param name="call">The call.</param>
/// <param name="failover">Where it may go.</param>
/// <param name="pool">In whose line it stands.</param>
internal sealed class SeatSeeker(ForwardedCall call, Failover failover, Pool pool) : ISeatSeeker
{
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

    public bool TryTake() => failover.TryPick(out _pick, inLineOf: pool);
}
