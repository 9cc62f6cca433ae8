using Penstock.Backends;

namespace Penstock.Admission.Queue;

/// <summary>The backends whose seats those in a line wait for. Used under the line's lock.</summary>
/// <param name="line">Who hears of their seats.</param>
internal sealed class WatchedBackends(ISeatWatcher line)
{
    private readonly HashSet<BackendState> _states = [];

    /// <summary>Hears of its seats from now on. What was freed before that has to be looked at afterwards.</summary>
    public void Add(BackendState state)
    {
        if (_states.Add(state)) state.Watchers.Add(line);
    }

    /// <summary>A seat there was taken, of a backend that was known or that a reload has brought.</summary>
    /// <returns>Whether it is other lines' turn now, which want seats there, too.</returns>
    public bool TookSeat(BackendState state)
    {
        Add(state);
        return state.Watchers.GoLast(line);
    }

    /// <summary>Hears of nothing any more.</summary>
    public void Clear()
    {
        foreach (var state in _states) state.Watchers.Remove(line);
        _states.Clear();
    }

    /// <summary>When the first of those that cannot be asked now may be; null: there is none.</summary>
    public TimeSpan? NextAvailableIn
    {
        get
        {
            TimeSpan? next = null;
            foreach (var state in _states)
            {
                var wait = state.Health.AvailableIn;
                if (wait > TimeSpan.Zero && !(wait >= next)) next = wait;
            }

            return next;
        }
    }
}
