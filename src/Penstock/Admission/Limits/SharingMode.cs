namespace Penstock.Admission.Limits;

/// <summary>Where what may be used comes from.</summary>
internal enum SharingMode
{
    /// <summary>It is this process's alone.</summary>
    Own,

    /// <summary>From the store, a slice at a time; what is short may be asked for.</summary>
    Shared,

    /// <summary>The store does not answer: this replica's fair share comes in.</summary>
    Fallback,

    /// <summary>The store does not answer: what was granted before may be used, and nothing more.</summary>
    Denied,
}
