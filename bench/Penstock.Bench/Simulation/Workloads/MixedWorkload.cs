namespace Penstock.Bench.Simulation.Workloads;

/// <summary>Short and long beside each other.</summary>
internal sealed class MixedWorkload : OpenWorkload
{
    public override string Name => "mixed";

    public override string Description =>
        "Of ten that begin, seven chat in short turns, two ask once about 4,000 to 8,000 tokens, and one is an agent with 15,000 to 40,000 tokens that comes back seconds later, again and again. Four servers.";

    public override IReadOnlyList<double> Loads => [1, 1.5, 2, 2.5, 3];
    public override string LoadUnit => "beginnings a second";
    public override bool IsConversation => true;
    protected override double Calls => 3_000;
    protected override double CallsEach => (0.7 * 4) + 0.2 + (0.1 * 8);

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load)
    {
        var turns = chance.Between(1, 10) switch
        {
            <= 7 => Turns(chance, chance.Between(2, 6), (100, 800), (20, 300), (50, 400), 10),
            <= 9 => Turns(chance, 1, (4_000, 8_000), (0, 0), (100, 400), 0),
            _ => Turns(chance, chance.Between(5, 11), (15_000, 40_000), (200, 1_500), (20, 150), 2),
        };
        builder.AddConversation(at, chance.Name(), new TokenChain(), turns);
    }

    private static PlannedTurn[] Turns(Chance chance, int count, (int, int) first, (int, int) later, (int, int) answer, double think)
    {
        var turns = new PlannedTurn[count];
        for (var i = 0; i < count; i++)
        {
            var (least, most) = i == 0 ? first : later;
            turns[i] = new PlannedTurn(chance.Between(least, most), chance.Between(answer.Item1, answer.Item2), 0.5 + chance.Exponential(think));
        }

        return turns;
    }
}
