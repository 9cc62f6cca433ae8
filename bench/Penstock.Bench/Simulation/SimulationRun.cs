using Penstock.Bench.Simulation.Policies;
using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation;

/// <summary>One cell of the experiment.</summary>
internal sealed record SimulationRun(Workload Workload, double Load, PolicyKind Policy, int Seed);
