namespace Penstock.Bench.Simulation.Workloads;

/// <summary>
/// Calls like those of the Mooncake trace, for where the trace is not at hand: its quantiles of first prompts, new tokens, answers
/// and pauses, how often a conversation goes on, the block that all prompts have in common, and that every tenth one that is no
/// conversation begins like another (a document, a regenerated answer). A load of 1 is the trace's own speed.
/// </summary>
internal sealed class TraceLikeWorkload : OpenWorkload
{
    /// <summary>Conversations that begin in the trace, a second.</summary>
    public const double BeginningsASecond = 8_349 / 3_537.0;

    private const int MostTokens = 126_000;
    private const int CommonTokens = 512;

    private static readonly Quantiles FirstPrompts = new(891, 898, 908, 1_501, 5_951, 14_218, 26_156, 37_730, 86_473, 126_000);
    private static readonly Quantiles NewTokens = new(1, 6, 8, 13, 39, 515, 4_741, 7_665, 17_920, 60_000);
    private static readonly Quantiles Answers = new(1, 10, 24, 156, 350, 472, 597, 698, 1_115, 2_000);

    // From prompt to prompt in the trace; about 10 s of each are the answer.
    private static readonly Quantiles Pauses = new(1, 23, 35, 62, 125, 278, 488, 614, 1_463, 3_020);

    public override string Name => "conversation";

    public override string Description =>
        "Calls like those of the Mooncake trace, drawn from its statistics: 12,000 tokens a prompt on average, a third of them asked before, most in conversations of a few turns minutes apart. Eight servers.";

    public override IReadOnlyList<double> Loads => [0.6, 0.9, 1.2, 1.4, 1.6];
    public override string LoadUnit => "× the trace's speed";
    public override bool IsConversation => true;
    public override int Servers => 8;
    protected override double Calls => 2_000;
    protected override double CallsEach => 1.44;

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load)
    {
        at /= BeginningsASecond;
        var first = (int)chance.From(FirstPrompts);
        var name = chance.Name();
        var chain = new TokenChain().Append(1, CommonTokens);
        // What was begun alike has one of a few hundred sources, of which each comes back within minutes.
        if (chance.Happens(0.1)) chain.Append(0x1000UL + (ulong)chance.Between((int)(at / 60), (int)(at / 60) + 40), (first - CommonTokens) / 2);
        var turns = new List<PlannedTurn> { new(Math.Max(1, first - chain.Tokens), (int)chance.From(Answers)) };
        var tokens = first + turns[0].OutputTokens;
        for (var goesOn = chance.Happens(0.24); goesOn; goesOn = chance.Happens(0.48))
        {
            var turn = new PlannedTurn((int)chance.From(NewTokens), (int)chance.From(Answers), chance.From(Pauses) / load);
            tokens += turn.NewTokens + turn.OutputTokens;
            if (tokens > MostTokens) break;
            turns.Add(turn);
        }

        builder.AddConversation(at, name, chain, turns);
    }
}
