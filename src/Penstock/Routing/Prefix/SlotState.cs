namespace Penstock.Routing.Prefix;

/// <summary>A slot as it is believed to be. Its <see cref="SlotTable"/> guards it.</summary>
internal sealed class SlotState
{
    /// <summary>The sequence in it, as of the last call that left it; empty: none, or one that nobody here knows.</summary>
    public ulong[] Blocks { get; set; } = [];

    /// <summary>When a call of ours left it last, in the index's milliseconds; null: none did.</summary>
    public uint? LeftAt { get; set; }

    /// <summary>Our calls in it: more than one where callers name slots themselves.</summary>
    public int Calls { get; set; }

    /// <summary>Whether it worked for somebody else when the server was last asked, or for a call of ours that chose none.</summary>
    public bool IsOthers { get; set; }
}
