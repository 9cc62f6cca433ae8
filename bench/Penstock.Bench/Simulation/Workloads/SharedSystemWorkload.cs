namespace Penstock.Bench.Simulation.Workloads;

/// <summary>Long conversations under one system prompt.</summary>
internal sealed class SharedSystemWorkload : OpenWorkload
{
    public override string Name => "shared_system";

    public override string Description =>
        "Conversations of 6 to 14 turns, some seconds apart, all under the same system prompt of 2,000 tokens. Four servers.";

    public override IReadOnlyList<double> Loads => [1.6, 2, 2.4, 2.8, 3.2];
    public override string LoadUnit => "conversations a second";
    public override bool IsConversation => true;
    protected override double Calls => 3_000;
    protected override double CallsEach => 10;
    protected override double LeastSeconds => 280;

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load)
    {
        var turns = new PlannedTurn[chance.Between(6, 14)];
        for (var i = 0; i < turns.Length; i++)
            turns[i] = new PlannedTurn(chance.Between(200, 1_200), chance.Between(50, 350), 1 + chance.Exponential(3));
        builder.AddConversation(at, chance.Name(), new TokenChain().Append(2, 2_000), turns);
    }
}
