namespace Penstock.Configuration;

/// <summary>Where lasts what must outlive the process.</summary>
internal enum StoreKind
{
    /// <summary>A file of this machine.</summary>
    Sqlite,

    /// <summary>A server that several gateways share.</summary>
    Postgres,
}
