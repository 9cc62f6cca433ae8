namespace Penstock.Forwarding;

/// <summary>How an attempt ended, as far as anybody is to blame. It drives retries, statuses and metrics alike.</summary>
internal enum AttemptFailure
{
    /// <summary>The backend answered, and what it said is the caller's (a 4xx too).</summary>
    None,

    /// <summary>No connection was made.</summary>
    Connect,

    /// <summary>Nothing came within the backend's timeout.</summary>
    FirstByteTimeout,

    /// <summary>A 5xx, or an error where an answer should be.</summary>
    Status,

    /// <summary>The answer broke off, or made no sense, before the caller saw any of it.</summary>
    BrokenBeforeCommit,

    /// <summary>It broke off after the caller had seen a part.</summary>
    BrokenAfterCommit,

    /// <summary>The caller left.</summary>
    CallerGone,

    /// <summary>The gateway stopped and could wait no longer.</summary>
    ShutDown,
}
