using Penstock.Routing;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>A call in the simulated gateway.</summary>
/// <param name="call">The call.</param>
/// <param name="shape">What the gateway's policy knows of its prompt.</param>
internal sealed class PenstockCall(SimulatedCall call, PromptShape shape)
{
    public SimulatedCall Call => call;

    public PromptShape Shape => shape;

    /// <summary>The seat that it has, when it has one.</summary>
    public Pick Pick { get; set; }
}
