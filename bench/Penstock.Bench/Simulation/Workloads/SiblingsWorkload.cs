namespace Penstock.Bench.Simulation.Workloads;

/// <summary>Bursts of calls with a beginning that nobody had before.</summary>
internal sealed class SiblingsWorkload : OpenWorkload
{
    public override string Name => "siblings";

    public override string Description =>
        "Bursts of 4 to 12 calls within a second about the same new document of 2,000 to 8,000 tokens. Four servers.";

    public override IReadOnlyList<double> Loads => [1.2, 1.6, 2, 2.4, 2.8];
    public override string LoadUnit => "bursts a second";
    protected override double Calls => 3_000;
    protected override double CallsEach => 8;

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load)
    {
        var (document, tokens) = (chance.Name(), chance.Between(2_000, 8_000));
        var siblings = new double[chance.Between(4, 12)];
        for (var i = 1; i < siblings.Length; i++) siblings[i] = chance.Between(0, 1_000) / 1_000.0;
        Array.Sort(siblings);
        foreach (var later in siblings)
            builder.AddConversation(at + later, chance.Name(), new TokenChain().Append(document, tokens), [new PlannedTurn(chance.Between(50, 300), chance.Between(50, 250))]);
    }
}
