namespace Penstock.Backends.Http.Engines;

/// <summary>What a server answered to a question about itself.</summary>
/// <param name="Status">The status; 0: there was no answer.</param>
/// <param name="Body">The body, until the next question; empty where it was longer than any answer to such a question.</param>
/// <param name="IsUnreachable">No connection was made.</param>
internal readonly record struct EnginePage(int Status, ReadOnlyMemory<byte> Body, bool IsUnreachable = false)
{
    public bool IsOk => Status is >= 200 and < 300 && !Body.IsEmpty;

    /// <summary>What to report of a server that gave this instead of what was asked for.</summary>
    public EngineOutcome Outcome =>
        IsUnreachable ? EngineOutcome.Gone
        : Status == 503 ? EngineOutcome.Loading
        : Status is 0 or 429 or >= 500 and not 501 ? EngineOutcome.Silent
        : EngineOutcome.TellsNothing;
}
