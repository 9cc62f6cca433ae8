using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// What a server with slots (llama.cpp) is believed to hold: a sequence in each, of which a call can use what both begin with,
/// and which is lost when the slot is taken for another. Not safe for use by several threads.
/// </summary>
internal sealed class SlotTable
{
    private Slot[] _slots = [];

    /// <summary>Whether the server has told that it has slots.</summary>
    public bool IsKnown => _slots.Length > 0;

    /// <summary>Takes over what the server said of itself.</summary>
    /// <param name="reading">What it said.</param>
    /// <param name="isFresh">Whether that is how it is now.</param>
    /// <param name="readAt">When it said so, in the index's milliseconds.</param>
    public void Follow(EngineReading reading, bool isFresh, uint readAt)
    {
        var count = reading.Slots?.Count ?? 0;
        if (count != _slots.Length) _slots = [.. Enumerable.Range(0, count).Select(_ => new Slot())];
        // Others may send it calls, too; what they do is seen a moment later. What was seen before a call of ours ended was that call.
        for (var i = 0; i < count; i++)
            _slots[i].IsOthers = isFresh && reading.Slots![i].IsProcessing && _slots[i].Calls == 0 && !(_slots[i].LeftAt is { } left && (int)(readAt - left) <= 0);
    }

    /// <summary>Which idle slot a prompt costs least in: the tokens to be read, and those lost that are likely to come back.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="returns">How likely it is that something is used again.</param>
    /// <param name="now">The moment, in the index's milliseconds.</param>
    /// <returns>The slot; -1: none is idle.</returns>
    public SlotChoice Choose(PromptShape prompt, ReturnTimes returns, uint now)
    {
        var best = new SlotChoice(-1, 0, 0);
        var least = double.MaxValue;
        for (var i = 0; i < _slots.Length; i++)
        {
            var slot = _slots[i];
            if (slot.IsBusy) continue;
            var common = prompt.Blocks.CommonPrefixLength(slot.Blocks);
            var lost = (slot.Blocks.Length - common) * returns.ChanceAfter(now - slot.UsedAt);
            var cost = prompt.Blocks.Length - common + lost;
            if (cost >= least) continue;
            least = cost;
            best = new SlotChoice(i, common, lost * prompt.BlockTokens);
        }

        return best;
    }

    /// <summary>A call takes a slot.</summary>
    public void Enter(int slot, ReadOnlySpan<ulong> blocks, uint now, ReturnTimes returns)
    {
        if (slot >= _slots.Length) return;
        var taken = _slots[slot];
        taken.Calls++;
        var common = blocks.CommonPrefixLength(taken.Blocks);
        for (var i = 0; i < common; i++) returns.Returned(now - taken.UsedAt);
        for (var i = common; i < blocks.Length; i++) returns.Entered();
        taken.Blocks = blocks.ToArray();
        taken.UsedAt = now;
    }

    /// <summary>A call has ended.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="blocks">What the slot holds from now on; empty: it is not known.</param>
    /// <param name="now">The moment.</param>
    public void Leave(int slot, ReadOnlySpan<ulong> blocks, uint now)
    {
        if (slot >= _slots.Length || _slots[slot].Calls == 0) return;
        var left = _slots[slot];
        left.Calls--;
        left.Blocks = blocks.ToArray();
        left.UsedAt = now;
        left.LeftAt = now;
    }

    /// <summary>The server holds nothing any more.</summary>
    public void Forget()
    {
        foreach (var slot in _slots) slot.Blocks = [];
    }

    private sealed class Slot
    {
        public ulong[] Blocks { get; set; } = [];
        public uint UsedAt { get; set; }
        public uint? LeftAt { get; set; }
        public int Calls { get; set; }
        public bool IsOthers { get; set; }
        public bool IsBusy => Calls > 0 || IsOthers;
    }
}
