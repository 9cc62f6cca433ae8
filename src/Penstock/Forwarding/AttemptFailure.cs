namespace Penstock.Forwarding;

/// <summary>How an attempt ended, as far as anybody is to blame. It drives retries, health, statuses and metrics alike.</summary>
internal enum AttemptFailure
{
    /// <summary>The backend answered, and what it said is the caller's (a 4xx too).</summary>
    None,

    /// <summary>No connection was made.</summary>
    Connect,

    /// <summary>The headers or the first content did not come in time.</summary>
    Timeout,

    /// <summary>A 429: it has no room for this now.</summary>
    RateLimited,

    /// <summary>A 408: it says that the request took too long to come.</summary>
    RequestTimeout,

    /// <summary>A 401 or 403 to the gateway's own credentials.</summary>
    Credentials,

    /// <summary>A 400: the prompt is longer than this model takes.</summary>
    ContextLength,

    /// <summary>A 5xx, or an error where an answer should be.</summary>
    Status,

    /// <summary>The answer is not what it says, or what was asked for.</summary>
    Nonsense,

    /// <summary>The connection broke before the caller saw anything.</summary>
    BrokenBeforeCommit,

    /// <summary>It broke after the caller had seen a part.</summary>
    BrokenAfterCommit,

    /// <summary>A stream that had begun said nothing more.</summary>
    Stalled,

    /// <summary>It answered again, and something else than before.</summary>
    Different,

    /// <summary>Another one, asked beside it, was faster.</summary>
    Outrun,

    /// <summary>The caller left.</summary>
    CallerGone,

    /// <summary>The gateway stopped and could wait no longer.</summary>
    ShutDown,
}
