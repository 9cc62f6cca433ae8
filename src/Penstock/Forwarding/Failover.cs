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
internal sealed partial class Failover(ForwardedCall call, SeatQueue? queue = null, bool isRescue = false)
{
    // Servers, not how they were written: while a call stands in line, a reload may write them otherwise.
    private List<BackendState>? _failed;
    private List<BackendState>? _repeated;
    private (Backend Backend, Pool Pool)? _repeatable;
    private Pool[] _pools = call.Pools;
    private AttemptTally _attempts = new(call.Pools.Length, call.Retry.Attempts);
    private Backoff _backoff = new(call.Retry);

    /// <summary>Takes a seat at a backend that can be asked at once.</summary>
    /// <param name="pick">The seat.</param>
    /// <param name="line">In whose line it stands, and has its turn; of another pool that is waited for it takes no seat.</param>
    /// <param name="mayWait">Whether it may as well wait for a better one.</param>
    public bool TryPick(out Pick pick, string? line = null, bool mayWait = false)
    {
        for (var i = 0; i < _pools.Length; i++)
        {
            if (!_attempts.HasLeft(i))
            {
                if (IsRepeatableIn(i)) _repeatable = null;
                continue;
            }

            if (IsOpen(_pools[i], line))
            {
                // A fallback reads the prompt in its own way, which is not done for one that has no seat.
                if ((i == 0 || HasSeat(_pools[i])) && _pools[i].TryPick(call.PromptFor(_pools[i]), _failed, out pick, mayWait))
                {
                    _attempts.Count(i);
                    call.Conversation?.TookSeat();
                    return true;
                }

                // Its policy would rather wait here than take what is free; a fallback is no better than that.
                if (mayWait && _pools[i].Queue.MaxRequests > 0 && HasSeat(_pools[i])) break;
            }

            // First the same model once more, after a wait, before another one is asked.
            if (IsRepeatableIn(i) && !isRescue) break;
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
            wait = _backoff.Next();
            // Who has a place in line can wait for a seat, too, when it is there again.
            if (wait <= patience && (again.Backend.Obstacle == Obstacle.None || (queue is not null && again.Backend.Obstacle == Obstacle.Full))) return true;
            // There is no time for that, or its failure was one too many; but there may be others.
            _repeatable = null;
            wait = TimeSpan.Zero;
            return true;
        }

        if (FindObstacle(out wait) != Obstacle.Resting) return false;
        wait = Backoff.Spread(wait);
        return wait <= patience;
    }

    /// <summary>After that wait, takes a seat at the backend that has stumbled. It is the last time that it is asked.</summary>
    public bool TryRepeat(out Pick pick)
    {
        pick = default;
        if (_repeatable is not { } again) return false;
        _repeatable = null;
        (_repeated ??= []).Add(again.Backend.State);
        var pool = IndexOf(again.Pool);
        if (IsWaitedFor(again.Pool) || !again.Pool.TryTake(again.Backend, call.PromptFor(again.Pool), out pick))
        {
            // Somebody else has its seat: it is asked again when it has another one.
            if (!isRescue && again.Backend.Obstacle is Obstacle.None or Obstacle.Full) _failed!.Remove(again.Backend.State);
            return false;
        }

        _attempts.Count(pool);
        call.Conversation?.TookSeat();
        return true;
    }

    /// <summary>Notes how an attempt failed.</summary>
    public void Failed(Attempt attempt)
    {
        var failure = attempt.Failure;
        // A rest of no time is over before anybody else could be asked.
        if (attempt.RetryAfter <= TimeSpan.Zero) attempt.RetryAfter = null;
        if (failure == AttemptFailure.RateLimited) attempt.RetryAfter ??= _backoff.Next();
        // It rests, and that keeps it from being picked too soon.
        if (attempt.RetryAfter is not null) return;
        if (failure == AttemptFailure.ContextLength)
        {
            // The same server may well have a model that takes more.
            _attempts.GiveUp(IndexOf(attempt.Pool));
            return;
        }

        Exclude(attempt.Backend);
        if (AttemptFailures.IsWorthRepeating(failure) && _repeated?.Contains(attempt.Backend.State) is not true)
            _repeatable = (attempt.Backend, attempt.Pool);
    }

    /// <summary>Takes a seat at another backend than the one that is being asked.</summary>
    public bool TryPickBeside(Backend asked, out Pick pick)
    {
        Exclude(asked);
        var isPicked = TryPick(out pick);
        _failed!.Remove(asked.State);
        return isPicked;
    }

    /// <summary>Keeps a backend from being picked.</summary>
    public void Exclude(Backend backend)
    {
        if (_repeatable?.Backend.State == backend.State) _repeatable = null;
        if (_failed?.Contains(backend.State) is not true) (_failed ??= []).Add(backend.State);
    }

    /// <summary>Why nobody can be asked now: the obstacle that goes away first, and when.</summary>
    public Obstacle FindObstacle(out TimeSpan availableIn)
    {
        var (first, soonest) = (Obstacle.None, TimeSpan.MaxValue);
        for (var i = 0; i < _pools.Length; i++)
        {
            if (!_attempts.HasLeft(i)) continue;
            var obstacle = _pools[i].ObstacleOf(_failed, out var time);
            if (obstacle != Obstacle.None && time < soonest) (first, soonest) = (obstacle, time);
        }

        availableIn = first == Obstacle.None ? TimeSpan.Zero : soonest;
        return first;
    }

    /// <summary>The servers whose seats are good for it.</summary>
    public IEnumerable<BackendState> Servers => _pools.SelectMany(pool => pool.Members.ToArray()).Select(member => member.State);

    /// <summary>Goes on with its pools as they are in another configuration. A pool that is not in that stays as it is.</summary>
    /// <param name="route">The call's route there.</param>
    public void Follow(ModelRoute route) =>
        call.Pools = _pools = Array.ConvertAll(_pools, old => Array.Find(route.Pools, pool => pool.Name == old.Name) ?? old);

    // By its name: an attempt may have come from the pool of before a reload.
    private int IndexOf(Pool pool) => Array.FindIndex(_pools, other => other.Name == pool.Name);

    private bool IsRepeatableIn(int pool) => _repeatable is { } again && again.Pool.Name == _pools[pool].Name;

    private bool HasSeat(Pool pool) => pool.IsAble(_failed, out var hasSeat) && hasSeat;

    private bool IsOpen(Pool pool, string? line) => pool.Name == line || !IsWaitedFor(pool);

    private bool IsWaitedFor(Pool pool) => queue?.IsWaitedFor(pool) == true;
}
