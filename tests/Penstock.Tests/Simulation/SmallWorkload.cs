using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Tests.Simulation;

/// <summary>A few short conversations on two servers: enough to see how a run goes, in milliseconds.</summary>
internal sealed class SmallWorkload : OpenWorkload
{
    public override string Name => "small";
    public override string Description => "A few short conversations.";
    public override IReadOnlyList<double> Loads => [2];
    public override string LoadUnit => "conversations a second";
    public override int Servers => 2;
    protected override double Calls => 120;
    protected override double CallsEach => 3;

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load) => builder.AddConversation(
        at,
        chance.Name(),
        new TokenChain().Append(2, 200),
        [.. Enumerable.Range(0, 3).Select(_ => new PlannedTurn(chance.Between(100, 800), chance.Between(1, 60), chance.Exponential(2)))]);
}
