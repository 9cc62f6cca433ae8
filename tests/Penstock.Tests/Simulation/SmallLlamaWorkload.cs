using Penstock.Bench.Simulation.Workloads;
using Penstock.Configuration;
using Penstock.Engines;

namespace Penstock.Tests.Simulation;

/// <summary>More calls than two llama.cpp servers of two slots have room for.</summary>
internal sealed class SmallLlamaWorkload : OpenWorkload
{
    public override string Name => "small_llamacpp";
    public override string Description => "A few calls too many.";
    public override IReadOnlyList<double> Loads => [2];
    public override string LoadUnit => "calls a second";
    public override int Servers => 2;
    public override EngineKind Engine => EngineKind.LlamaCpp;
    public override int? Seats => 2;
    protected override double Calls => 60;
    protected override double CallsEach => 1;

    public override IEngine NewEngine() => new LlamaEngine(new LlamaSettings { Slots = 2 });

    protected override void Begin(PlanBuilder builder, Chance chance, double at, double load) => builder.AddConversation(
        at,
        chance.Name(),
        new TokenChain(),
        [new PlannedTurn(chance.Between(50, 400), chance.Between(10, 60))]);
}
