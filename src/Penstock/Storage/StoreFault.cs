namespace Penstock.Storage;

/// <summary>What went wrong with something that was asked of the store.</summary>
internal enum StoreFault
{
    None,

    /// <summary>The store could not be reached, or is not well; another time it may do the same.</summary>
    Outage,

    /// <summary>It did not answer in time. Whether it did what was asked is not known.</summary>
    Deadline,

    /// <summary>It was not asked: none is configured, it is down, or its tables are not in order.</summary>
    Unavailable,

    /// <summary>The statement is not one that it can do now: a table is missing, or another transaction was in the way.</summary>
    Statement,

    /// <summary>The values are to blame: it will never take them.</summary>
    Values,
}
