namespace Penstock.Backends;

/// <summary>What came of asking a server about itself.</summary>
/// <param name="Outcome">Whether it told something.</param>
/// <param name="Reading">What; where it tells nothing, its kind alone, if the configuration names one.</param>
internal readonly record struct EngineReport(EngineOutcome Outcome, EngineReading? Reading = null);
