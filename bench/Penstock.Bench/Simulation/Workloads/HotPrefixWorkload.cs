namespace Penstock.Bench.Simulation.Workloads;

/// <summary>One long beginning for everybody.</summary>
internal sealed class HotPrefixWorkload : OpenWorkload
{
    public override string Name => "hot_prefix";

    public override string Description =>
        "Single calls, all of which begin with the same 6,000 tokens, followed by 100 to 600 of their own. Four servers.";

    public override IReadOnlyList<double> Loads => [20, 30, 40, 44, 48];
    public override string LoadUnit => "calls a second";
    protected override double Calls => 3_000;
    protected override double CallsEach => 1;

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load) => builder.AddConversation(
        at,
        chance.Name(),
        new TokenChain().Append(3, 6_000),
        [new PlannedTurn(chance.Between(100, 600), chance.Between(50, 250))]);
}
