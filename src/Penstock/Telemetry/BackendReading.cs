namespace Penstock.Telemetry;

/// <summary>How a backend is when somebody looks.</summary>
/// <param name="Backend">Its name.</param>
/// <param name="IsUp">Whether it may get requests.</param>
/// <param name="Breaker">Its breaker: 0 closed, 1 half open, 2 open.</param>
internal sealed record BackendReading(string Backend, bool IsUp, int Breaker);
