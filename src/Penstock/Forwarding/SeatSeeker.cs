using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>
/// A call that waits for a seat: at its own pool, by the pool's policy, or at a fallback where nobody waits for that. It may
/// wait for longer than a configuration lasts: its pools are always those that are in force.
/// </summary>
/// <param name="call">The call.</param>
/// <param name="failover">Where it may go.</param>
/// <param name="line">In whose line it stands.</param>
/// <param name="router">Finds what is in force.</param>
internal sealed class SeatSeeker(ForwardedCall call, Failover failover, string line, Func<ModelRouter?> router) : ISeatSeeker
{
    private Pick _pick;
    private ModelRouter? _followed;

    /// <summary>What it got.</summary>
    public Pick Pick => _pick;

    public IEnumerable<BackendState> Backends
    {
        get
        {
            Follow();
            return failover.Servers;
        }
    }

    public bool SeesRoom
    {
        get
        {
            Follow();
            return failover.SeesRoom(line);
        }
    }

    public bool TakesAny
    {
        get
        {
            Follow();
            return failover.TakesAny(line);
        }
    }

    public bool CanWait(TimeSpan left)
    {
        Follow();
        return failover.CanWait(line, left);
    }

    public BackendState? TryTake(bool mayWait)
    {
        Follow();
        return failover.TryPick(out _pick, line, mayWait) ? _pick.Backend.State : null;
    }

    private void Follow()
    {
        var inForce = router();
        if (inForce == _followed) return;
        _followed = inForce;
        var route = inForce?.Resolve(call.Record.RequestedModel);
        if (call.Route.Pinned is { } backend) route = route?.Only(backend);
        if (route is not null) failover.Follow(route);
    }
}
