namespace Penstock.Bench.Simulation.Workloads;

/// <summary>Nothing is asked twice.</summary>
internal sealed class NoReuseWorkload : OpenWorkload
{
    public override string Name => "no_reuse";

    public override string Description => "Single calls with nothing in common, prompts of 1,500 tokens in the middle and 16,000 at most. Four servers.";
    public override IReadOnlyList<double> Loads => [6, 8, 10, 11, 12];
    public override string LoadUnit => "calls a second";
    protected override double Calls => 3_000;
    protected override double CallsEach => 1;

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load) => builder.AddConversation(
        at,
        chance.Name(),
        new TokenChain(),
        [new PlannedTurn((int)Math.Clamp(chance.LogNormal(1_500, 0.8), 32, 16_000), chance.Between(50, 350))]);
}
