using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>A policy that chooses one of a pool's backends. A pool has one of its own, which any number of requests ask at once.</summary>
internal interface IBackendPicker
{
    /// <summary>Chooses one.</summary>
    /// <param name="free">Those that can answer now, in the order of the file: not always all of the pool, and one at least.</param>
    /// <param name="full">Those that could, had they a seat: none where <paramref name="free"/> is all of the pool.</param>
    /// <param name="prompt">What is asked; null: nobody knows.</param>
    /// <returns>One of <paramref name="free"/>; null: to wait for a full one is better than any of them.</returns>
    Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape? prompt);

    /// <summary>Whether it looks at prompts, which somebody has to read for it.</summary>
    bool ReadsPrompts => false;

    /// <summary>What it would choose, and why. Nothing is changed by that.</summary>
    /// <param name="free">Those that can answer now: perhaps none.</param>
    /// <param name="full">Those that could, had they a seat.</param>
    /// <param name="prompt">What is asked.</param>
    /// <param name="chosen">Its choice; null: there is none, or it is known only when it is made.</param>
    /// <returns>What a call would cost at each, in no order; null: it does not reckon.</returns>
    IReadOnlyList<RouteCost>? Explain(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape prompt, out Backend? chosen)
    {
        chosen = null;
        return null;
    }

    /// <summary>A call goes to a backend, whether it was chosen or forced.</summary>
    /// <returns>What follows it; null: nobody needs to.</returns>
    IDispatch? Begin(Backend backend, PromptShape? prompt) => null;
}
