namespace Penstock.Routing.Prefix;

/// <summary>
/// A call in a server that has slots, and what the one that it takes holds afterwards. Said of it in this order, as far as it
/// comes; it is left once.
/// </summary>
/// <param name="table">Whose slot it is.</param>
/// <param name="state">The slot; null: the server chooses, and nobody here knows which.</param>
/// <param name="choice">What was expected of it.</param>
/// <param name="bookedAt">When it was booked, in the index's milliseconds.</param>
internal sealed class SlotBooking(SlotTable table, SlotState? state, SlotChoice choice, uint bookedAt)
{
    private bool _isOver;

    public SlotState? State => state;

    /// <summary>The slot's number; null: the server chooses.</summary>
    public int? Slot => state is null ? null : choice.Slot;

    /// <summary>Blocks of the prompt that were expected to be there.</summary>
    public int CachedBlocks => choice.Blocks;

    public uint BookedAt => bookedAt;

    /// <summary>What the slot holds when the call leaves; null: what it held before, for nothing was sent.</summary>
    public ulong[]? Content { get; private set; }

    /// <summary>The call was sent. What it has in common with what was there is there in any case, whatever becomes of it.</summary>
    public void Sent(ReadOnlySpan<ulong> prompt) => Content = prompt[..choice.Blocks].ToArray();

    /// <summary>The prompt was read, or the answer written as well: these blocks are there now.</summary>
    public void Holds(ReadOnlySpan<ulong> blocks) => Content = blocks.ToArray();

    /// <summary>The call has ended.</summary>
    /// <param name="now">The moment, in the index's milliseconds.</param>
    public void Leave(uint now)
    {
        if (_isOver) return;
        _isOver = true;
        table.Leave(this, now);
    }
}
