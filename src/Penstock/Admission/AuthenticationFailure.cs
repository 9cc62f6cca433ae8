namespace Penstock.Admission;

/// <summary>Why somebody is not let in.</summary>
internal enum AuthenticationFailure
{
    None,

    /// <summary>There is no credential.</summary>
    Missing,

    /// <summary>It is none that the gateway knows.</summary>
    Unknown,

    /// <summary>It is not good any more.</summary>
    Expired,

    /// <summary>It was taken back.</summary>
    Revoked,

    /// <summary>Whether it is good cannot be found out at the moment.</summary>
    Unavailable,

    /// <summary>It is none that the gateway knows, and the keys of the store could not be read yet: nothing is said about it.</summary>
    Undecided,
}
