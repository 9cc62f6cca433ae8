namespace Penstock.Health;

/// <summary>Where a breaker stands; the numbers are those of its metric.</summary>
internal enum BreakerState
{
    /// <summary>Requests go through.</summary>
    Closed = 0,

    /// <summary>One request at a time goes through, on trial.</summary>
    HalfOpen = 1,

    /// <summary>None goes through.</summary>
    Open = 2,
}
