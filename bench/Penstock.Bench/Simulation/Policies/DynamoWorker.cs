using Penstock.Engines;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>What Dynamo's router knows of one of its servers.</summary>
/// <param name="sent">What was sent there, which is taken for what is there; null: the server publishes that.</param>
internal sealed class DynamoWorker(PrefixHistory? sent)
{
    private readonly CacheEvents _events = new();

    // The blocks of the prompts of its calls, and how many calls have each.
    private readonly Dictionary<ulong, int> _held = [];
    private readonly Dictionary<SimulatedCall, int> _unread = [];
    private long _unreadTokens;

    public void Published(IReadOnlyList<CacheChange> changes, long now) => _events.Published(changes, now);

    /// <summary>Blocks that it would have to read, this call's and those sent before, and blocks that its calls would hold.</summary>
    /// <param name="call">The call, at the moment when it came.</param>
    public (double Prefill, int Decode) Potential(SimulatedCall call)
    {
        var added = 0;
        foreach (var block in call.Plan.PromptBlocks.Span)
        {
            if (!_held.ContainsKey(block)) added++;
        }

        return ((double)(_unreadTokens + UnknownTokens(call)) / EngineCall.BlockTokens, _held.Count + added);
    }

    public void Add(SimulatedCall call)
    {
        var unread = UnknownTokens(call);
        _unread.Add(call, unread);
        _unreadTokens += unread;
        foreach (var block in call.Plan.PromptBlocks.Span) _held[block] = _held.GetValueOrDefault(block) + 1;
        sent?.Add(call.Plan.PromptBlocks.Span);
    }

    /// <summary>Its prompt was read.</summary>
    public void Read(SimulatedCall call)
    {
        if (_unread.Remove(call, out var tokens)) _unreadTokens -= tokens;
    }

    public void Free(SimulatedCall call)
    {
        Read(call);
        foreach (var block in call.Plan.PromptBlocks.Span)
        {
            if (--_held[block] == 0) _held.Remove(block);
        }
    }

    private int UnknownTokens(SimulatedCall call)
    {
        var blocks = call.Plan.PromptBlocks.Span;
        return call.Plan.PromptTokens - ((sent?.Match(blocks) ?? _events.Match(blocks, call.ArrivedAt)) * EngineCall.BlockTokens);
    }
}
