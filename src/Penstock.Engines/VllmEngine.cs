using System.Runtime.InteropServices;

namespace Penstock.Engines;

/// <summary>
/// vLLM's scheduler (V1), as it is by default: first come, first served; each step has a budget of tokens, of which every call that
/// writes takes one and prompts take the rest in chunks; full blocks of 16 tokens are remembered and found again by the hash of
/// all before their end, the last token always being computed again
/// (<see href="https://docs.vllm.ai/en/stable/design/prefix_caching/"/>); where no block is left for what is written, the
/// call that began last goes back to the head of the line and is computed again. Unlike vLLM's own, a block can be used by
/// others when its step is over and not when it begins, and all blocks of a prompt are taken at once.
/// </summary>
/// <remarks>Every step writes one token for every call that writes, so that a count of steps says how far each of them is.</remarks>
internal sealed class VllmEngine : SteppedEngine
{
    private readonly VllmSettings _settings;
    private readonly BlockPool _pool;
    private readonly Dictionary<EngineCall, VllmSequence> _calls = [];
    private readonly LinkedList<VllmSequence> _waiting = [];
    private readonly List<VllmSequence> _running = [];
    private readonly List<VllmSequence> _reading = [];
    private readonly WritingCalls _writing = new();

    private long _step;

    public VllmEngine(VllmSettings? settings = null)
    {
        _settings = settings ?? VllmSettings.Default;
        _pool = new BlockPool(_settings.CacheTokens / EngineCall.BlockTokens);
    }

    /// <summary>What it remembers, for tests.</summary>
    public BlockPool Cache => _pool;

    public override EngineReadings Readings => new(_running.Count, _waiting.Count, 1 - ((double)_pool.Unused / _pool.Count), null);

    protected override bool IsEmpty => _calls.Count == 0;

    protected override bool IsReading => _reading.Count > 0;

    public override void PublishTo(List<CacheChange> changes) => _pool.Changes = changes;

    public override int Generated(EngineCall call) => _calls.TryGetValue(call, out var sequence) ? sequence.WrittenAfter(_step) : 0;

    protected override void Check(EngineCall call)
    {
        if (BlocksOf(call.PromptTokens + call.OutputTokens) > _pool.Count) throw new ArgumentException("It is larger than the cache.", nameof(call));
    }

    protected override void Enter(EngineCall call)
    {
        var sequence = new VllmSequence(call);
        _calls.Add(call, sequence);
        _waiting.AddLast(sequence);
    }

    protected override bool TryGiveUp(EngineCall call, long now)
    {
        if (!_calls.Remove(call, out var sequence)) return false;
        if (sequence.IsRunning) Leave(sequence);
        else _waiting.Remove(sequence);
        return true;
    }

    protected override (long Steps, long Duration) Plan(long now)
    {
        var preempted = false;
        while (_writing.BlocksFor(_step, 1) > _pool.Unused)
        {
            Preempt(_running[^1]);
            preempted = true;
        }

        var left = _settings.Step.Budget - _writing.Count;
        var budget = left;
        foreach (var sequence in _reading) left -= GiveChunk(sequence, left);
        while (!preempted && left > 0 && _running.Count < _settings.MaxRunning && _waiting.First is { } first && TryBegin(first.Value, now))
        {
            _waiting.RemoveFirst();
            left -= GiveChunk(first.Value, left);
        }

        var steps = IsReading ? 1 : Math.Min(_writing.StepsToNextEnd(_step), _writing.StepsWithin(_step, _pool.Unused));
        return (steps, _settings.Step.Duration(_running.Count, budget - left));
    }

    protected override void Complete(long steps, long now)
    {
        _writing.TakeBlocks(_pool, _step, steps);
        _step += steps;
        foreach (var sequence in _reading) Read(sequence, now);
        _reading.RemoveAll(sequence => sequence.Computed == sequence.Target);
        while (_writing.NextEnded(_step) is { } ended) Finish(ended, now);
    }

    private static int BlocksOf(int tokens) => (tokens + EngineCall.BlockTokens - 1) / EngineCall.BlockTokens;

    private static int GiveChunk(VllmSequence sequence, int most) => sequence.Chunk = Math.Min(sequence.Target - sequence.Computed, most);

    private bool TryBegin(VllmSequence sequence, long now)
    {
        var chain = sequence.Call.Blocks.Span;
        // The last token is computed again, whatever is known, and with it its block: something has to say what comes next.
        chain = chain[..Math.Min(chain.Length, (sequence.Target - 1) / EngineCall.BlockTokens)];
        var known = _pool.Match(chain, out var unused);
        var missing = BlocksOf(sequence.Target) - known;
        // The blocks that begin in this step are taken at its end: they are spoken for.
        if (missing > _pool.Unused - unused - _writing.BlocksFor(_step, 1)) return false;
        _pool.Share(chain[..known], sequence.Blocks);
        _pool.Take(missing, sequence.Blocks);
        sequence.Computed = known * EngineCall.BlockTokens;
        sequence.CachedTokens ??= sequence.Computed;
        sequence.BegunAt ??= now;
        sequence.IsRunning = true;
        _running.Add(sequence);
        _reading.Add(sequence);
        return true;
    }

    private void Read(VllmSequence sequence, long now)
    {
        var from = sequence.Computed / EngineCall.BlockTokens;
        sequence.Computed += sequence.Chunk;
        sequence.Chunk = 0;
        Publish(sequence, from, sequence.Computed);
        if (sequence.Computed < sequence.Target) return;

        if (sequence.Written == 0) Report(EngineEventKind.FirstToken, sequence, now);
        sequence.Written++;
        sequence.WritesSince = _step;
        _writing.Add(sequence);
    }

    private void Publish(VllmSequence sequence, int from, int tokens)
    {
        var chain = sequence.Call.Blocks.Span;
        var full = Math.Min(tokens / EngineCall.BlockTokens, chain.Length);
        for (var i = from; i < full; i++) _pool.Publish(sequence.Blocks[i], chain[i]);
    }

    private void Finish(VllmSequence sequence, long now)
    {
        Report(EngineEventKind.Finished, sequence, now);
        Leave(sequence);
        _calls.Remove(sequence.Call);
    }

    private void Preempt(VllmSequence sequence)
    {
        sequence.Written = sequence.WrittenAfter(_step);
        Leave(sequence);
        sequence.Target = sequence.Call.PromptTokens + sequence.Written;
        sequence.Computed = 0;
        _waiting.AddFirst(sequence);
    }

    // Its blocks are given back, and what is in them stays known.
    private void Leave(VllmSequence sequence)
    {
        if (sequence.WritesSince is not null)
        {
            var held = sequence.HeldAfter(_step);
            _writing.Remove(sequence, BlocksOf(held) - sequence.Blocks.Count);
            Publish(sequence, sequence.Target / EngineCall.BlockTokens, held);
            sequence.WritesSince = null;
        }

        _pool.Release(CollectionsMarshal.AsSpan(sequence.Blocks));
        sequence.Blocks.Clear();
        sequence.IsRunning = false;
        _running.Remove(sequence);
        _reading.Remove(sequence);
    }

    private void Report(EngineEventKind kind, VllmSequence sequence, long now) =>
        Report(new EngineEvent(kind, sequence.Call, now, sequence.CachedTokens ?? 0, sequence.BegunAt ?? now));
}
