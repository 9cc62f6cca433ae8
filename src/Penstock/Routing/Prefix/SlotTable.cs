using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// What a server with slots (llama.cpp) is believed to hold: a sequence in each, of which a call can use what both begin with,
/// and which is lost when the slot is taken for another. It belongs to a server, not to a pool. Safe for use by several threads;
/// the <see cref="ReturnTimes"/> that it is given are guarded by who gives them.
/// </summary>
internal sealed class SlotTable
{
    // Milliseconds in which a server may still work on a call that was given up: it looks up between two batches of a prompt.
    private const int LongestEnd = 1000;

    private readonly Lock _lock = new();
    private readonly List<SlotBooking> _strays = [];
    private volatile SlotState[] _slots = [];
    private EngineReading? _reading;
    private long? _incarnation;
    private uint _readAt;
    private bool _isFresh;

    /// <summary>Whether the server has told that it has slots, and loses what is overwritten in them.</summary>
    public bool IsKnown => _slots.Length > 0;

    /// <summary>Takes over what the server said of itself.</summary>
    /// <param name="reading">What it said last; null: nothing.</param>
    /// <param name="incarnation">How often it has begun anew.</param>
    /// <param name="isFresh">Whether that is how it is now.</param>
    /// <param name="readAt">When it said so, in the index's milliseconds.</param>
    public void Follow(EngineReading? reading, long incarnation, bool isFresh, uint readAt)
    {
        lock (_lock)
        {
            // Another pool may know better already.
            if (incarnation < _incarnation || reading?.ReadAt < _reading?.ReadAt) return;
            _isFresh = isFresh;
            if (incarnation != (_incarnation ??= incarnation))
            {
                // What it said may be of the server that was. How many slots there are now is in its next reading.
                (_incarnation, _reading) = (incarnation, reading);
                Become(0);
            }

            if (ReferenceEquals(reading, _reading)) return;
            (_reading, _readAt) = (reading, readAt);
            var slots = reading is { Slots: { } told, KeepsPrompts: false } ? told : [];
            if (slots.Count != _slots.Length) Become(slots.Count);
            for (var i = 0; i < slots.Count; i++) See(_slots[i], slots[i].IsProcessing);
        }
    }

    /// <summary>Which idle slot a prompt costs least in: the tokens to be read, and those lost that are likely to come back.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="returns">How likely it is that something is used again.</param>
    /// <param name="now">The moment, in the index's milliseconds.</param>
    public SlotChoice Choose(PromptShape prompt, ReturnTimes returns, uint now)
    {
        lock (_lock) return Find(prompt, returns, now);
    }

    /// <summary>A call is to go there.</summary>
    /// <returns>Its place, which is to be left; null: the server is not known to have slots.</returns>
    public SlotBooking? Book(PromptShape prompt, ReturnTimes returns, uint now)
    {
        lock (_lock)
        {
            if (_slots.Length == 0) return null;
            var choice = Find(prompt, returns, now);
            var slot = choice.Slot < 0 ? null : _slots[choice.Slot];
            var booking = new SlotBooking(this, slot, choice, now);
            if (slot is null)
            {
                _strays.Add(booking);
                return booking;
            }

            slot.Calls++;
            for (var i = 0; i < choice.Blocks; i++) returns.Returned(AgeOf(slot, now));
            for (var i = choice.Blocks; i < prompt.Blocks.Length; i++) returns.Entered();
            return booking;
        }
    }

    /// <summary>A call has ended. Of a server that was, nothing is learned.</summary>
    public void Leave(SlotBooking booking, uint now)
    {
        lock (_lock)
        {
            if (booking.State is not { } slot)
            {
                _strays.Remove(booking);
                return;
            }

            slot.Calls--;
            if (booking.Content is not { } content) return;
            slot.Blocks = content;
            slot.LeftAt = now;
        }
    }

    private static uint AgeOf(SlotState slot, uint now) => now - slot.LeftAt.GetValueOrDefault();

    // Calls that go on leave slots that nobody looks at any more.
    private void Become(int slots)
    {
        _slots = [.. Enumerable.Range(0, slots).Select(_ => new SlotState())];
        _strays.Clear();
    }

    // What was seen before a call of ours ended was that call, and soon after it may be. Any other has overwritten what was there.
    private void See(SlotState slot, bool isProcessing)
    {
        var since = slot.LeftAt is { } left ? (int)(_readAt - left) : int.MaxValue;
        slot.IsOthers = isProcessing && slot.Calls == 0 && since > 0;
        if (slot.IsOthers && since > LongestEnd) slot.Blocks = [];
    }

    private SlotChoice Find(PromptShape prompt, ReturnTimes returns, uint now)
    {
        var best = new SlotChoice(-1, 0, 0);
        if (_slots.Length == 0) return best;
        // llama.cpp counts around, too.
        if (prompt.Slot.Named is { } named) return Weigh(named % _slots.Length, prompt, returns, now, out _);
        var least = double.MaxValue;
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].Calls > 0 || (_slots[i].IsOthers && _isFresh)) continue;
            var choice = Weigh(i, prompt, returns, now, out var cost);
            if (cost >= least) continue;
            least = cost;
            best = choice;
        }

        return prompt.Slot.IsServers || HasHiddenStrays() ? best with { Slot = -1 } : best;
    }

    private SlotChoice Weigh(int i, PromptShape prompt, ReturnTimes returns, uint now, out double cost)
    {
        var slot = _slots[i];
        var common = prompt.Blocks.CommonPrefixLength(slot.Blocks);
        var lost = (slot.Blocks.Length - common) * returns.ChanceAfter(AgeOf(slot, now));
        cost = prompt.Blocks.Length - common + lost;
        return new SlotChoice(i, common, lost * prompt.BlockTokens);
    }

    // A call that has chosen no slot may be in any, or wait for the next, until it is seen in one.
    private bool HasHiddenStrays()
    {
        if (_strays.Count == 0) return false;
        return !_isFresh || _strays.Exists(stray => (int)(stray.BookedAt - _readAt) >= 0) || _strays.Count > _slots.Count(slot => slot.IsOthers);
    }
}
