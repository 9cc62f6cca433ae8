namespace Penstock.Forwarding;

/// <summary>Why a stream's events stopped.</summary>
internal enum StreamEnding
{
    /// <summary>Its last event has come.</summary>
    Done,

    /// <summary>The body ended without it.</summary>
    EndOfBody,

    /// <summary>The server sent an error event of its own.</summary>
    UpstreamError,

    /// <summary>A second answer said something else than the first one.</summary>
    Different,

    /// <summary>The connection broke.</summary>
    Broken,

    /// <summary>Something came that cannot be read.</summary>
    Unreadable,

    /// <summary>Nothing more came in time.</summary>
    Stalled,

    /// <summary>The caller takes no more.</summary>
    CallerGone,

    /// <summary>The gateway stops.</summary>
    ShutDown,
}
