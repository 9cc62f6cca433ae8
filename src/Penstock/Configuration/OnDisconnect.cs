namespace Penstock.Configuration;

/// <summary>What becomes of a call whose caller has left.</summary>
internal enum OnDisconnect
{
    /// <summary>It ends at once.</summary>
    Cancel,

    /// <summary>It may go on for a while, so that its usage is known.</summary>
    Drain,
}
