namespace Penstock.Admission.Keys;

/// <summary>What came of a change of the store's keys.</summary>
internal enum KeyOutcome
{
    Done,

    /// <summary>There is no such key.</summary>
    NotFound,

    /// <summary>Another key that is not revoked has the name.</summary>
    NameTaken,

    /// <summary>It was taken back before, and is not changed any more.</summary>
    Revoked,
}
