namespace Penstock.Forwarding;

/// <summary>What the attempt loop came back with. Whoever gets it disposes it, which ends the attempt.</summary>
/// <param name="attempt">The attempt that gave it; null where none was made, or where it has ended long since.</param>
internal abstract class Answer(Attempt? attempt) : IAsyncDisposable
{
    public Attempt? LastAttempt => attempt;

    /// <summary>How it came out. Anything but <see cref="AttemptFailure.None"/> may come out better elsewhere.</summary>
    public AttemptFailure Failure => attempt?.Failure ?? AttemptFailure.None;

    public virtual ValueTask DisposeAsync() => attempt?.DisposeAsync() ?? ValueTask.CompletedTask;
}
