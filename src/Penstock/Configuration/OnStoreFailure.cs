namespace Penstock.Configuration;

/// <summary>What holds while a limit that several replicas share cannot be shared, because the store does not answer.</summary>
internal enum OnStoreFailure
{
    /// <summary>Each replica lets through its fair share.</summary>
    Local,

    /// <summary>Nothing more than what a replica was granted before is let through.</summary>
    Deny,
}
