using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// For pools of more servers than the index has places for: a prompt goes by its beginning to the server whose it is, if
/// that has no more than 1.25 times its share of the calls in flight; else to the next (consistent hashing with bounded
/// loads, Mirrokni, Thorup and Zadimoghaddam, 2016).
/// </summary>
internal sealed class BoundedRendezvousPicker : IBackendPicker
{
    private const double MostOverShare = 1.25;

    private readonly LeastLoadedPicker _blind = new();

    public bool ReadsPrompts => true;

    public Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape? prompt)
    {
        if (prompt is null) return _blind.Pick(free);
        // This one counts, too: or nobody would have room while nobody is busy.
        var (calls, weights) = (1L, 0L);
        foreach (var backend in free)
        {
            calls += backend.State.InFlight;
            weights += backend.Config.Weight;
        }

        // Rounded up, one at least has room: not all of them can be above what is more than the average.
        Backend? best = null;
        var highest = double.MinValue;
        foreach (var backend in free)
        {
            if (backend.State.InFlight + 1 > Math.Ceiling(MostOverShare * calls * backend.Config.Weight / weights)) continue;
            var score = Rendezvous.ScoreOf(prompt.Beginning, backend);
            if (score <= highest) continue;
            (best, highest) = (backend, score);
        }

        return best ?? _blind.Pick(free);
    }

    // It compares no costs, but of a prompt that is known chance has no part in it.
    public IReadOnlyList<RouteCost>? Explain(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape prompt, out Backend? chosen)
    {
        chosen = free.IsEmpty ? null : Pick(free, full, prompt);
        return null;
    }
}
