namespace Penstock.Forwarding;

/// <summary>What follows from how an attempt ended.</summary>
internal static class AttemptFailures
{
    /// <summary>Its name in metrics, spans and the log.</summary>
    public static string NameOf(AttemptFailure failure) => failure switch
    {
        AttemptFailure.None => "success",
        AttemptFailure.Connect => "connect",
        AttemptFailure.Timeout => "timeout",
        AttemptFailure.RateLimited => "rate_limited",
        AttemptFailure.RequestTimeout => "request_timeout",
        AttemptFailure.Credentials => "credentials",
        AttemptFailure.ContextLength => "context_length",
        AttemptFailure.Status => "status",
        AttemptFailure.Nonsense => "protocol",
        AttemptFailure.BrokenBeforeCommit => "broken_before_commit",
        AttemptFailure.BrokenAfterCommit => "broken_after_commit",
        AttemptFailure.Stalled => "stalled",
        AttemptFailure.Different => "different",
        AttemptFailure.Outrun => "outrun",
        AttemptFailure.CallerGone => "caller_gone",
        _ => "shut_down",
    };

    /// <summary>Whether it counts against the backend's breaker. What the caller asked for, and how much, never does.</summary>
    public static bool IsBackendsFault(AttemptFailure failure) => failure is AttemptFailure.Connect or AttemptFailure.Timeout
        or AttemptFailure.Status or AttemptFailure.Nonsense or AttemptFailure.BrokenBeforeCommit or AttemptFailure.BrokenAfterCommit
        or AttemptFailure.Stalled;

    /// <summary>Whether nobody else is to be asked: it is answered, or nobody is left to answer.</summary>
    public static bool IsFinal(AttemptFailure failure) =>
        failure is AttemptFailure.None or AttemptFailure.CallerGone or AttemptFailure.ShutDown;

    /// <summary>Whether the same backend may well answer the next time. One that was silent may be silent again.</summary>
    public static bool IsWorthRepeating(AttemptFailure failure) =>
        failure is AttemptFailure.BrokenBeforeCommit or AttemptFailure.BrokenAfterCommit or AttemptFailure.Status;
}
