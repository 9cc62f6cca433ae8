using Penstock.Bench.Simulation;
using Penstock.Bench.Simulation.Policies;
using Penstock.Bench.Simulation.Workloads;
using Xunit;

namespace Penstock.Tests.Simulation;

public class SimulatorTests
{
    public static TheoryData<string> Policies => [.. PolicyKinds.All.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Run_OfAnyPolicy_BringsEveryCallToItsEndOnce(string policy)
    {
        foreach (Workload workload in (Workload[])[new SmallWorkload(), new SmallLlamaWorkload()])
        {
            var simulator = NewSimulator(workload, policy, 1);
            simulator.Run();

            Assert.Equal(Enumerable.Range(0, workload.Plan(2, 1).Count), simulator.Calls.Select(call => call.Index).Order());
            Assert.All(simulator.Calls, call =>
            {
                Assert.True(call.ArrivedAt <= call.SentAt && call.SentAt < call.FirstTokenAt && call.FirstTokenAt <= call.EndedAt);
                Assert.InRange(call.Server, 0, workload.Servers - 1);
                Assert.InRange(call.CachedTokens, 0, call.Plan.PromptTokens - 1);
            });
        }
    }

    [Theory]
    [InlineData("round_robin")]
    [InlineData("power_of_two")]
    [InlineData("llm_d")]
    [InlineData("dynamo")]
    public void Run_WithTheSameSeed_IsTheSame(string policy)
    {
        var (one, other) = (NewSimulator(new SmallWorkload(), policy, 5), NewSimulator(new SmallWorkload(), policy, 5));
        one.Run();
        other.Run();

        Assert.Equal(Trace(one), Trace(other));

        static IEnumerable<(int, int, long, long)> Trace(Simulator simulator) =>
            simulator.Calls.Select(call => (call.Index, call.Server, call.FirstTokenAt, call.EndedAt));
    }

    // Two calls each of a name, with nothing in common but that: who does not go by names does as if nobody had one.
    [Theory]
    [InlineData("llm_d", false)]
    [InlineData("dynamo", false)]
    [InlineData("prefix_aware", false)]
    [InlineData("prefix_aware_hinted", true)]
    [InlineData("sticky", true)]
    public void Run_WithoutNamesOfConversations_IsAnotherOnlyForThoseWhoGoByThem(string policy, bool goesByThem)
    {
        Assert.Equal(goesByThem, !TraceOf(callsOfAName: 2).SequenceEqual(TraceOf(callsOfAName: 1)));

        List<(int, int, long)> TraceOf(ulong callsOfAName)
        {
            var builder = new PlanBuilder();
            for (var i = 0UL; i < 80; i++)
            {
                // The caller is the same whatever the name is.
                var name = 20 * (1 + (i / callsOfAName));
                builder.AddConversation(0.2 * i, name, new TokenChain().Append(1_000 + i, 800), [new PlannedTurn(16, 20)]);
            }

            var simulator = new Simulator(new SimulationRun(new SmallWorkload(), 2, PolicyKinds.Find(policy), 1), builder.Calls);
            simulator.Run();
            return [.. simulator.Calls.Select(call => (call.Index, call.Server, call.EndedAt))];
        }
    }

    [Fact]
    public void Turns_OfAConversation_ComeAfterTheAnswerAndAPause()
    {
        var workload = new SmallWorkload();
        var simulator = NewSimulator(workload, "least_requests", 1);
        simulator.Run();
        var byIndex = simulator.Calls.ToDictionary(call => call.Index);

        Assert.All(simulator.Calls.Where(call => call.Plan.After is not null), call =>
            Assert.Equal(byIndex[call.Plan.After!.Value].EndedAt + call.Plan.Delay, call.ArrivedAt));
    }

    [Fact]
    public void Conversations_OnTheirServer_FindMoreThanInTurn()
    {
        var together = NewSimulator(new SmallWorkload(), "session_affinity", 1).Run();
        var inTurn = NewSimulator(new SmallWorkload(), "round_robin", 1).Run();

        Assert.True(together.CachedPart > inTurn.CachedPart + 0.1);
        Assert.True(together.CachedPart <= 1);
    }

    [Fact]
    public void Seats_AreFewerThanCalls_TheRestWaitsAtTheGateway()
    {
        var workload = new SmallLlamaWorkload();
        var simulator = NewSimulator(workload, "penstock_least_loaded", 1);
        simulator.Run();

        Assert.Contains(simulator.Calls, call => call.SentAt > call.ArrivedAt);
        // At no moment does a server have more than its seats.
        Assert.All(simulator.Calls, call => Assert.InRange(
            simulator.Calls.Count(other => other.Server == call.Server && other.SentAt <= call.SentAt && other.EndedAt > call.SentAt),
            1,
            workload.Seats!.Value));
    }

    private static Simulator NewSimulator(Workload workload, string policy, int seed) =>
        new(new SimulationRun(workload, 2, PolicyKinds.Find(policy), seed), workload.Plan(2, seed));
}
