namespace Penstock.Bench.Simulation.Workloads;

/// <summary>A turn of a conversation.</summary>
/// <param name="NewTokens">What it adds to what was said; one at least.</param>
/// <param name="OutputTokens">The answer's; one at least.</param>
/// <param name="ThinkSeconds">Between the answer before and this turn.</param>
internal readonly record struct PlannedTurn(int NewTokens, int OutputTokens, double ThinkSeconds = 0);
