namespace Penstock.Forwarding;

/// <summary>Something that a backend said, for the caller.</summary>
internal abstract class BackendAnswer(Attempt attempt) : Answer(attempt)
{
    /// <summary>The attempt that gave it.</summary>
    public Attempt Attempt => LastAttempt!;
}
