namespace Penstock.Backends.Http.Engines;

/// <summary>What a server answered to a question about itself.</summary>
/// <param name="Status">The status; 0: there was no answer.</param>
/// <param name="Body">The body, until the next question; empty where it is too long.</param>
/// <param name="IsUnreachable">No connection was made.</param>
/// <param name="IsTooLong">It was longer than answers to such questions are.</param>
internal readonly record struct EnginePage(int Status, ReadOnlyMemory<byte> Body, bool IsUnreachable = false, bool IsTooLong = false)
{
    public bool IsOk => Status is >= 200 and < 300 && !Body.IsEmpty;

    /// <summary>
    /// Whether there is nothing to be learned from it, not even that the server does not know the question. What is too long is an
    /// answer, if one of no use: the next question may have a better one.
    /// </summary>
    public bool IsNoAnswer => !IsOk && !IsTooLong && Outcome != EngineOutcome.TellsNothing;

    /// <summary>Whether the server has nothing of that kind, or nothing for us.</summary>
    public bool IsRefused => Outcome == EngineOutcome.TellsNothing && Status is < 200 or >= 300;

    /// <summary>What to report of a server that gave this instead of what was asked for.</summary>
    public EngineOutcome Outcome =>
        IsUnreachable ? EngineOutcome.Gone
        // As long as it is, it may be the right one: a server with hundreds of adapters counts each.
        : IsTooLong ? EngineOutcome.Silent
        : Status == 503 ? EngineOutcome.Loading
        : Status is 0 or 429 or >= 500 and not 501 ? EngineOutcome.Silent
        : EngineOutcome.TellsNothing;
}
