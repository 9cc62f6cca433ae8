namespace Penstock.Storage;

/// <summary>Whether the store can be asked.</summary>
internal enum StoreStanding
{
    /// <summary>None is configured.</summary>
    None,

    /// <summary>It has not been reached since the start, or its tables are not in order yet.</summary>
    Starting,

    Up,

    /// <summary>It failed; it is asked again in the background until it answers.</summary>
    Down,

    /// <summary>Its tables are of a newer version of the gateway, or not what they should be. Only an operator can help.</summary>
    Refused,
}
