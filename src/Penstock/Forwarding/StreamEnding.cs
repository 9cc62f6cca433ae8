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

    /// <summary>An event came that is none of this route's.</summary>
    Nonsense,

    /// <summary>The caller takes no more.</summary>
    CallerGone,
}
