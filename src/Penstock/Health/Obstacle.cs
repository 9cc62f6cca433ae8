namespace Penstock.Health;

/// <summary>Why a backend is not to be picked.</summary>
internal enum Obstacle
{
    None,

    /// <summary>Somebody took it out.</summary>
    Drained,

    /// <summary>Its probes fail.</summary>
    Down,

    /// <summary>Requests to it failed, too many in too short a time.</summary>
    BreakerOpen,

    /// <summary>It refused the gateway's credentials.</summary>
    BadCredentials,

    /// <summary>It has asked to be left alone for a while.</summary>
    Resting,

    /// <summary>All its seats are taken.</summary>
    Full,
}
