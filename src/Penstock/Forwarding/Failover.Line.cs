using Penstock.Admission.Queue;
using Penstock.Health;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <content>In whose line a call stands, and for how long that makes sense.</content>
internal sealed partial class Failover
{
    /// <summary>The pool in whose line it makes sense to wait: the first that could answer, had it a seat. Null: none, or there is something better to wait for.</summary>
    public Pool? FindFull()
    {
        if (_repeatable is not null) return null;
        for (var i = 0; i < _pools.Length; i++)
        {
            if (_attempts.HasLeft(i) && _pools[i].IsAble(_failed, out _)) return _pools[i];
        }

        return null;
    }

    /// <summary>Whether there is a free seat that it could take, whether its policy wants it or not.</summary>
    /// <param name="line">In whose line it stands.</param>
    public bool SeesRoom(string line)
    {
        for (var i = 0; i < _pools.Length; i++)
        {
            if (_attempts.HasLeft(i) && IsOpen(_pools[i], line) && HasSeat(_pools[i])) return true;
        }

        return false;
    }

    /// <summary>Whether any seat of a pool is good for it: the caller has named no server, and none of them has failed it.</summary>
    /// <param name="line">The pool.</param>
    public bool TakesAny(string line)
    {
        if (call.Route.Pinned is not null) return false;
        foreach (var pool in _pools)
        {
            if (pool.Name != line || _failed is null) continue;
            foreach (var member in pool.Members)
            {
                if (_failed.Contains(member.State)) return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Whether it makes sense to go on waiting in a line: somebody in its pool could answer, had it a seat, or has asked to be
    /// left alone for no longer than there is time. Nobody waits for who is down.
    /// </summary>
    /// <param name="line">In whose line it stands.</param>
    /// <param name="left">The time that it has.</param>
    public bool CanWait(string line, TimeSpan left)
    {
        for (var i = 0; i < _pools.Length; i++)
        {
            if (_pools[i].Name != line || !_attempts.HasLeft(i)) continue;
            if (_pools[i].IsAble(_failed, out _)) return true;
            // Where somebody else could answer, a rest is worth no more than a better seat is.
            if (_pools[i].ObstacleOf(_failed, out var rest) == Obstacle.Resting && rest <= (FindFull() is null ? left : LineTicket.ChoosyFor(left))) return true;
        }

        return false;
    }
}
