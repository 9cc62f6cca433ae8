using Penstock.Engines;

namespace Penstock.Bench.Simulation.Workloads;

/// <summary>A part of the Mooncake trace, faster or slower than it was.</summary>
/// <param name="trace">The trace.</param>
internal sealed class MooncakeWorkload(Lazy<MooncakeTrace> trace) : Workload
{
    private const int RequestsInARun = 2_000;
    private const double AnswerSeconds = 10;

    // All requests of three seconds have the same time in the trace.
    private const int StepMilliseconds = 3_000;

    public override string Name => "mooncake";

    public override string Description =>
        "2,000 requests in a row of the Mooncake trace of a chat service, from another place of it for each seed. Turns that follow an answer come after it. Eight servers.";

    public override IReadOnlyList<double> Loads => [0.6, 0.9, 1.2, 1.4, 1.6];
    public override string LoadUnit => "× the trace's speed";
    public override bool IsConversation => true;
    public override int Servers => 8;

    public override IReadOnlyList<PlannedCall> Plan(double load, int seed)
    {
        var chance = new Chance(seed);
        var count = Math.Min(RequestsInARun, trace.Value.Requests.Count);
        var from = chance.Between(0, trace.Value.Requests.Count - count);
        var calls = new List<PlannedCall>(count);
        var starts = new double[count];
        for (var i = 0; i < count; i++) starts[i] = trace.Value.Requests[from + i].Timestamp + chance.Between(0, StepMilliseconds - 1);
        var first = trace.Value.Requests[from].Timestamp;
        for (var i = 0; i < count; i++)
        {
            var request = trace.Value.Requests[from + i];
            var parent = trace.Value.Follows[from + i] - from;
            var known = parent >= 0 ? calls[parent] : null;
            var seconds = known is null ? (starts[i] - first) / 1_000 : Math.Max(1, ((starts[i] - starts[parent]) / 1_000) - AnswerSeconds);
            calls.Add(new PlannedCall
            {
                After = known is null ? null : parent,
                Delay = (long)(seconds / load * 1e6),
                Conversation = known?.Conversation ?? chance.Name(),
                Blocks = BlocksOf(request, known, from + i),
                PromptTokens = request.InputTokens,
                OutputTokens = Math.Max(1, request.OutputTokens),
            });
        }

        return calls;
    }

    // What was said before, answer included, then what the trace has; its own answer is like no other.
    private static ReadOnlyMemory<ulong> BlocksOf(MooncakeRequest request, PlannedCall? known, int index)
    {
        var chain = known is null
            ? new TokenChain()
            : TokenChain.Beginning(known.Blocks.Span, known.Blocks.Length * EngineCall.BlockTokens);
        while (chain.Tokens < request.InputTokens)
        {
            var block = chain.Tokens / MooncakeTrace.BlockTokens;
            var end = Math.Min((block + 1) * MooncakeTrace.BlockTokens, request.InputTokens);
            chain.Append((ulong)request.HashIds[block] + 1, end - chain.Tokens);
        }

        return chain.Append(0x8000_0000_0000_0000 + (ulong)index, Math.Max(1, request.OutputTokens)).ToBlocks();
    }
}
