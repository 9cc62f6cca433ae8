namespace Penstock.Accounting.Ledger;

/// <summary>What usage can be summed up by.</summary>
internal enum UsageGroup
{
    Caller,
    Model,
    Backend,
    Endpoint,

    /// <summary>Hours of UTC.</summary>
    Hour,

    /// <summary>Days of UTC.</summary>
    Day,
}
