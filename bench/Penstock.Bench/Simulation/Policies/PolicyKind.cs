namespace Penstock.Bench.Simulation.Policies;

/// <summary>A policy by its name.</summary>
/// <param name="Name">In tables and on the command line.</param>
/// <param name="IsBaseline">Whether it is one to be measured against.</param>
/// <param name="Create">One for one run.</param>
internal sealed record PolicyKind(string Name, bool IsBaseline, Func<PolicySetting, ISimulatedPolicy> Create);
