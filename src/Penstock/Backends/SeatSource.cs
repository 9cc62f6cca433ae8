namespace Penstock.Backends;

/// <summary>Who says how many seats a backend has.</summary>
internal enum SeatSource
{
    /// <summary>Nobody: there is no limit.</summary>
    None,

    /// <summary>The configuration.</summary>
    Configured,

    /// <summary>The server, which has so many slots.</summary>
    Slots,

    /// <summary>It was found by trying.</summary>
    Learned,
}
