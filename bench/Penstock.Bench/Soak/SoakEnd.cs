namespace Penstock.Bench.Soak;

/// <summary>How the gateway was found when the load was over.</summary>
/// <param name="InFlight">Requests that it believed to be in flight, its own and its backends' together.</param>
/// <param name="ExitCode">Null where it had to be killed.</param>
internal sealed record SoakEnd(long InFlight, int? ExitCode);
