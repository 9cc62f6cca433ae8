using Penstock.Backends;
using Penstock.Health;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>
/// Where the next attempt at a call goes: elsewhere in the same pool; then once more to a backend that has only
/// stumbled; then to the fallbacks, in their order. Who has failed is not asked again; who has asked to be left alone
/// is, when that time is over.
/// </summary>
/// <param name="call">The call.</param>
/// <param name="queue">Whose turn comes before it; null: nobody's.</param>
/// <param name="isRescue">Whether a broken answer is to be finished: then the one that broke off comes last.</param>
internal sealed class Failover(ForwardedCall call, SeatQueue? queue = null, bool isRescue = false)
{
    private List<Backend>? _failed;
    private List<Backend>? _repeated;
    private (Backend Backend, Pool Pool)? _repeatable;
    private AttemptTally _attempts = new(call.Route.Pools, call.Retry.Attempts);
    private int _repeats;

    /// <summary>Takes a seat at a backend that can be asked at once.</summary>
    /// <param name="pick">The seat.</param>
    /// <param name="inLineOf">Whose seat is offered to it in its turn; of a pool that others wait for it takes none else.</param>
    /// <param name="mayWait">Whether it may as well wait for a better one.</param>
    public bool TryPick(out Pick pick, Pool? inLineOf = null, bool mayWait = false)
    {
        var pools = call.Route.Pools;
        for (var i = 0; i < pools.Length; i++)
        {
            if (!_attempts.HasLeft(i))
            {
                if (_repeatable?.Pool == pools[i]) _repeatable = null;
                continue;
            }

            if (pools[i] == inLineOf || !IsWaitedFor(pools[i]))
            {
                if (pools[i].TryPick(call.Prompt, _failed, out pick, mayWait))
                {
                    _attempts.Count(i);
                    return true;
                }

                // Its policy would rather wait here than take what is free; a fallback is no better than that.
                if (mayWait && pools[i].Queue.MaxRequests > 0 && pools[i].IsAble(_failed, out var hasSeat) && hasSeat) break;
            }

            // First the same model once more, after a wait, before another one is asked.
            if (_repeatable?.Pool == pools[i] && !isRescue) break;
        }

        pick = default;
        return false;
    }

    /// <summary>
    /// Whether it makes sense to wait: for a backend that has stumbled and may be asked once more, or for one that
    /// has asked to be left alone for a while.
    /// </summary>
    /// <param name="patience">The longest wait that there is time for.</param>
    /// <param name="wait">How long.</param>
    public bool TryPlanWait(TimeSpan patience, out TimeSpan wait)
    {
        if (_repeatable is { } again)
        {
            wait = Backoff(_repeats++);
            // Who has a place in line can wait for a seat, too, when it is there again.
            if (wait <= patience && (again.Backend.Obstacle == Obstacle.None || (queue is not null && again.Backend.Obstacle == Obstacle.Full))) return true;
            // There is no time for that, or its failure was one too many; but there may be others.
            _repeatable = null;
            wait = TimeSpan.Zero;
            return true;
        }

        if (FindObstacle(out wait) != Obstacle.Resting) return false;
        wait += Jitter(wait);
        return wait <= patience;
    }

    /// <summary>After that wait, takes a seat at the backend that has stumbled. It is the last time that it is asked.</summary>
    public bool TryRepeat(out Pick pick)
    {
        pick = default;
        if (_repeatable is not { } again) return false;
        _repeatable = null;
        (_repeated ??= []).Add(again.Backend);
        if (IsWaitedFor(again.Pool) || !again.Pool.TryTake(again.Backend, call.Prompt, out pick))
        {
            // Somebody else has its seat: it is asked again when it has another one.
            if (!isRescue && again.Backend.Obstacle is Obstacle.None or Obstacle.Full) _failed!.Remove(again.Backend);
            return false;
        }

        _attempts.Count(Array.IndexOf(call.Route.Pools, again.Pool));
        return true;
    }

    /// <summary>Notes how an attempt failed.</summary>
    public void Failed(Attempt attempt)
    {
        var failure = attempt.Failure;
        // A rest of no time is over before anybody else could be asked.
        if (attempt.RetryAfter <= TimeSpan.Zero) attempt.RetryAfter = null;
        if (failure == AttemptFailure.RateLimited) attempt.RetryAfter ??= Backoff(_repeats++);
        // It rests, and that keeps it from being picked too soon.
        if (attempt.RetryAfter is not null) return;
        if (failure == AttemptFailure.ContextLength)
        {
            // The same server may well have a model that takes more.
            _attempts.GiveUp(Array.IndexOf(call.Route.Pools, attempt.Pool));
            return;
        }

        Exclude(attempt.Backend);
        if (AttemptFailures.IsWorthRepeating(failure) && _repeated?.Contains(attempt.Backend) is not true)
            _repeatable = (attempt.Backend, attempt.Pool);
    }

    /// <summary>Takes a seat at another backend than the one that is being asked.</summary>
    public bool TryPickBeside(Backend asked, out Pick pick)
    {
        Exclude(asked);
        var isPicked = TryPick(out pick);
        _failed!.Remove(asked);
        return isPicked;
    }

    /// <summary>Keeps a backend from being picked.</summary>
    public void Exclude(Backend backend)
    {
        if (_repeatable?.Backend == backend) _repeatable = null;
        if (_failed?.Contains(backend) is not true) (_failed ??= []).Add(backend);
    }

    /// <summary>Why nobody can be asked now: the obstacle that goes away first, and when.</summary>
    public Obstacle FindObstacle(out TimeSpan availableIn)
    {
        var (first, soonest) = (Obstacle.None, TimeSpan.MaxValue);
        var pools = call.Route.Pools;
        for (var i = 0; i < pools.Length; i++)
        {
            if (!_attempts.HasLeft(i)) continue;
            var obstacle = pools[i].ObstacleOf(_failed, out var time);
            if (obstacle != Obstacle.None && time < soonest) (first, soonest) = (obstacle, time);
        }

        availableIn = first == Obstacle.None ? TimeSpan.Zero : soonest;
        return first;
    }

    /// <summary>The pool in whose line it makes sense to wait: the first that could answer, had it a seat. Null: none, or there is something better to wait for.</summary>
    public Pool? FindFull()
    {
        if (_repeatable is not null) return null;
        var pools = call.Route.Pools;
        for (var i = 0; i < pools.Length; i++)
        {
            if (_attempts.HasLeft(i) && pools[i].IsAble(_failed, out _)) return pools[i];
        }

        return null;
    }

    /// <summary>Whether there is a free seat, whether its policy wants it or not.</summary>
    public bool SeesRoom
    {
        get
        {
            foreach (var pool in call.Route.Pools)
            {
                if (pool.IsAble(_failed, out var hasSeat) && hasSeat) return true;
            }

            return false;
        }
    }

    private bool IsWaitedFor(Pool pool) => queue?.IsWaitedFor(pool) == true;

    // Who waits for the same moment does not come in the same moment.
    private static TimeSpan Jitter(TimeSpan wait) =>
        TimeSpan.FromMilliseconds(10) + (wait * 0.1 * Random.Shared.NextDouble());

    // Full jitter above the half: callers that failed together do not come back together.
    private TimeSpan Backoff(int repeats)
    {
        var longest = call.Retry.Backoff * Math.Pow(2, Math.Min(repeats, 16));
        if (longest > call.Retry.MaxBackoff) longest = call.Retry.MaxBackoff;
        return longest * (0.5 + (Random.Shared.NextDouble() / 2));
    }
}
