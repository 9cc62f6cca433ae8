namespace Penstock.Engines;

/// <summary>
/// The calls of a <see cref="VllmEngine"/> that write their answers. Each step writes a token for each of them, so that no step has
/// to look at any: which step is the last of a call is known when it begins, and how many of them begin a block in a step is
/// counted by the step's place in a cycle of as many steps as a block has tokens.
/// </summary>
internal sealed class WritingCalls
{
    private const int Cycle = EngineCall.BlockTokens;

    private readonly PriorityQueue<VllmSequence, (long Step, long Order)> _ends = new();
    private readonly int[] _phases = new int[Cycle];

    // Blocks of answers: which of them are whose does not matter before the answer is over.
    private readonly List<int> _blocks = [];
    private long _order;

    public int Count { get; private set; }

    public void Add(VllmSequence sequence)
    {
        _ends.Enqueue(sequence, (sequence.LastStep, _order++));
        _phases[sequence.Phase]++;
        Count++;
    }

    /// <summary>One of them writes no more.</summary>
    /// <param name="sequence">Which; it gets the blocks of its answer.</param>
    /// <param name="blocks">How many these are.</param>
    public void Remove(VllmSequence sequence, int blocks)
    {
        _phases[sequence.Phase]--;
        Count--;
        sequence.Blocks.AddRange(_blocks[^blocks..]);
        _blocks.RemoveRange(_blocks.Count - blocks, blocks);
    }

    /// <summary>How many blocks begin in the next steps.</summary>
    public int BlocksFor(long step, long steps)
    {
        var blocks = (int)(steps / Cycle) * Count;
        for (var i = 1; i <= steps % Cycle; i++) blocks += _phases[PhaseOf(step + i)];
        return blocks;
    }

    /// <summary>How many steps can follow before more blocks begin than there are.</summary>
    public long StepsWithin(long step, int blocks)
    {
        if (Count == 0) return 0;
        long steps = blocks / Count * Cycle;
        for (var left = blocks % Count; (left -= _phases[PhaseOf(step + steps + 1)]) >= 0;) steps++;
        return steps;
    }

    /// <summary>Takes the blocks that begin in the next steps.</summary>
    public void TakeBlocks(BlockPool pool, long step, long steps) => pool.Take(BlocksFor(step, steps), _blocks);

    public long StepsToNextEnd(long step) => Skip() ? _ends.Peek().LastStep - step : 0;

    /// <summary>The next whose last token has been written; null: none.</summary>
    public VllmSequence? NextEnded(long step) => Skip() && _ends.Peek().LastStep <= step ? _ends.Dequeue() : null;

    // Those that were preempted or cancelled are still in it; one that writes again is in it twice.
    private bool Skip()
    {
        while (_ends.TryPeek(out var first, out var key))
        {
            if (first.WritesSince is not null && first.LastStep == key.Step) return true;
            _ends.Dequeue();
        }

        return false;
    }

    private static int PhaseOf(long step) => (int)(step & (Cycle - 1));
}
