namespace Penstock.Forwarding;

/// <summary>What the attempt loop came back with. Whoever gets it disposes it, which ends the attempt.</summary>
internal abstract class Answer(Attempt attempt) : IAsyncDisposable
{
    /// <summary>The attempt that gave it.</summary>
    public Attempt Attempt => attempt;

    public virtual ValueTask DisposeAsync() => attempt.DisposeAsync();
}
