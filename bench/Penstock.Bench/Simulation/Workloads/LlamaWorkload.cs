using Penstock.Configuration;
using Penstock.Engines;

namespace Penstock.Bench.Simulation.Workloads;

/// <summary>Conversations on llama.cpp's servers, which remember as many as they have slots.</summary>
internal sealed class LlamaWorkload : OpenWorkload
{
    public override string Name => "llamacpp";

    public override string Description =>
        "Conversations of 4 to 8 turns that begin with 300 to 2,500 tokens, on four llama.cpp servers of four slots each.";

    public override IReadOnlyList<double> Loads => [0.1, 0.15, 0.2, 0.25, 0.3];
    public override string LoadUnit => "conversations a second";
    public override bool IsConversation => true;
    public override EngineKind Engine => EngineKind.LlamaCpp;
    public override int CacheTokens => 4 * 8_192;
    public override int? Seats => LlamaSettings.Default.Slots;
    protected override double Calls => 1_500;
    protected override double CallsEach => 6;

    public override IEngine NewEngine() => new LlamaEngine();

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load)
    {
        var turns = new PlannedTurn[chance.Between(4, 8)];
        for (var i = 0; i < turns.Length; i++)
            turns[i] = new PlannedTurn(i == 0 ? chance.Between(300, 2_500) : chance.Between(20, 300), chance.Between(40, 250), 1 + chance.Exponential(6));
        builder.AddConversation(at, chance.Name(), new TokenChain(), turns);
    }
}
