namespace Penstock.Bench.Startup;

/// <summary>Milliseconds from exec to the first answer of each kind, each from its own starts.</summary>
internal sealed record StartupResult(int Runs, double HealthMedian, double HealthBest, double ChatMedian, double ChatBest);
