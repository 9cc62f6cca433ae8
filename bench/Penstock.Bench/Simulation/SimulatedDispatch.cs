namespace Penstock.Bench.Simulation;

/// <summary>A call that goes to a server.</summary>
internal readonly record struct SimulatedDispatch(SimulatedCall Call, int Server, int? Slot = null);
