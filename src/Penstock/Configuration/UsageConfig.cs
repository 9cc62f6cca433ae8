namespace Penstock.Configuration;

/// <summary>The keys of the usage ledger. Read at start; a reload does not change them.</summary>
internal sealed record UsageConfig
{
    public const int DefaultDays = 90;

    public const string SpoolName = "usage-spool";

    /// <summary><c>usage_days</c>: how long records are kept; 0: for ever.</summary>
    public int Days { get; init; } = DefaultDays;

    /// <summary>
    /// <c>usage_spool</c>: the folder for records that the store does not take at the moment; null: <c>usage-spool</c> beside
    /// SQLite's file, or in the working directory. Without a store there is none.
    /// </summary>
    public string? Spool { get; init; }
}
