using Penstock.Bench.Simulation;
using Penstock.Bench.Simulation.Workloads;
using Penstock.Engines;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Simulation;

public class WorkloadTests
{
    private const string Trace = "traces/mooncake-conversation.jsonl.gz";

    [Theory]
    [InlineData("conversation")]
    [InlineData("shared_system")]
    [InlineData("mixed")]
    [InlineData("siblings")]
    [InlineData("hot_prefix")]
    [InlineData("no_reuse")]
    [InlineData("llamacpp")]
    public void Plan_OfAnyWorkload_IsWellFormedAndTheSameForTheSameSeed(string name)
    {
        var workload = WorkloadList.Load(null).Single(w => w.Name == name);
        var plan = workload.Plan(workload.Loads[0], 3);

        Assert.All(plan.Index(), call =>
        {
            Assert.True(call.Item.After is null || call.Item.After < call.Index);
            Assert.True(call.Item.Delay >= 0 && call.Item.PromptTokens > 0 && call.Item.OutputTokens > 0);
            Assert.True(call.Item.PromptTokens + call.Item.OutputTokens <= workload.CacheTokens);
            Assert.Equal((call.Item.PromptTokens + call.Item.OutputTokens) / EngineCall.BlockTokens, call.Item.Blocks.Length);
        });
        Assert.Equal(plan.Select(Figures), workload.Plan(workload.Loads[0], 3).Select(Figures));
        Assert.NotEqual(plan.Select(Figures), workload.Plan(workload.Loads[0], 4).Select(Figures));

        static (long, int, int, ulong) Figures(PlannedCall call) =>
            (call.Delay, call.PromptTokens, call.OutputTokens, call.Blocks.IsEmpty ? 0 : call.Blocks.Span[^1]);
    }

    [Fact]
    public void Turn_OfAConversation_BeginsWithAllThatWasSaid()
    {
        var plan = new SharedSystemWorkload().Plan(1, 1);

        Assert.All(plan.Where(call => call.After is not null), call =>
        {
            var before = plan[call.After!.Value];
            Assert.True(call.PromptTokens > before.PromptTokens + before.OutputTokens);
            Assert.True(call.Blocks.Span.StartsWith(before.Blocks.Span));
        });
        // The system prompt is in all of them, and nothing else is.
        Assert.Equal(2_000 / 16, plan[0].Blocks.Span.CommonPrefixLength(plan.First(call => call.Conversation != plan[0].Conversation).Blocks.Span));
    }

    [Theory]
    [InlineData("no_reuse", 0, 0)]
    [InlineData("hot_prefix", 0.90, 0.97)]
    [InlineData("siblings", 0.80, 0.90)]
    [InlineData("shared_system", 0.80, 0.95)]
    [InlineData("conversation", 0.25, 0.45)]
    public void Reuse_OfAWorkload_IsWhatItIsMadeFor(string name, double least, double most)
    {
        var workload = WorkloadList.Load(null).Single(w => w.Name == name);

        Assert.InRange(ReuseOf(workload.Plan(1, 1)), least, most);
    }

    [Fact]
    public void GeneratedTrace_AsLongAsARun_HasTheTracesFigures()
    {
        var plan = new TraceLikeWorkload().Plan(1, 1);

        // Of the trace: 12,035 tokens a prompt and 343 an answer on average, 3.4 calls a second, of which 31 % go on with another.
        Assert.InRange(plan.Average(call => call.PromptTokens), 10_500, 14_000);
        Assert.InRange(plan.Average(call => call.OutputTokens), 310, 380);
        Assert.InRange(plan.Count(call => call.After is not null) / (double)plan.Count, 0.26, 0.36);
        var seconds = plan.Where(call => call.After is null).Max(call => call.Delay) / 1e6;
        Assert.InRange(plan.Count / seconds, 2.9, 3.9);
    }

    [SharedFact(Trace)]
    public void Mooncake_Conversations_AreFoundByTheirPrefixes()
    {
        var trace = MooncakeTrace.Read(SharedFiles.Path(Trace));

        Assert.Equal(12_031, trace.Requests.Count);
        Assert.InRange(trace.Follows.Count(parent => parent >= 0) / 12_031.0, 0.28, 0.34);
        Assert.All(trace.Follows.Index().Where(f => f.Item >= 0), f =>
        {
            var (request, before) = (trace.Requests[f.Index], trace.Requests[f.Item]);
            var whole = before.InputTokens / MooncakeTrace.BlockTokens;
            Assert.True(request.Timestamp > before.Timestamp);
            Assert.True(request.InputTokens > before.InputTokens + before.OutputTokens);
            Assert.Equal(before.HashIds[..whole], request.HashIds[..whole]);
        });
    }

    [SharedFact(Trace)]
    public void Mooncake_TwiceAsFast_IsTheSameInHalfTheTime()
    {
        var workload = new MooncakeWorkload(new Lazy<MooncakeTrace>(() => MooncakeTrace.Read(SharedFiles.Path(Trace))));
        var (slow, fast) = (workload.Plan(1, 2), workload.Plan(2, 2));

        Assert.Equal(slow.Select(call => (call.After, call.PromptTokens)), fast.Select(call => (call.After, call.PromptTokens)));
        Assert.All(slow.Zip(fast), pair => Assert.InRange(pair.First.Delay - (2 * pair.Second.Delay), -2, 2));
        Assert.InRange(ReuseOf(slow), 0.25, 0.45);
    }

    [Fact]
    public void MooncakeTrace_ARegeneratedAnswer_IsNoTurn()
    {
        var trace = MooncakeTrace.Of(
        [
            Request(0, 1_100, 100, 0, 1, 2),
            Request(3_000, 1_100, 100, 0, 1, 2),
            Request(6_000, 1_300, 100, 0, 1, 3),
            Request(9_000, 2_000, 100, 0, 1, 3, 4),
            Request(9_000, 900, 100, 0, 9),
        ]);

        Assert.Equal([-1, -1, 1, 2, -1], trace.Follows);

        static MooncakeRequest Request(double at, int input, int output, params int[] ids) => new()
        {
            Timestamp = at,
            InputTokens = input,
            OutputTokens = output,
            HashIds = ids,
        };
    }

    private static double ReuseOf(IReadOnlyList<PlannedCall> plan)
    {
        var cache = new InfiniteCache();
        var known = 0.0;
        foreach (var call in plan)
        {
            known += cache.Arrived(call);
            cache.Ended(call);
        }

        return known / plan.Sum(call => (double)call.PromptTokens);
    }
}
