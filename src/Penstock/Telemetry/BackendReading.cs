namespace Penstock.Telemetry;

/// <summary>How a backend is when somebody looks.</summary>
/// <param name="Backend">Its name.</param>
/// <param name="IsUp">Whether it may get requests.</param>
/// <param name="Breaker">Its breaker: 0 closed, 1 half open, 2 open.</param>
/// <param name="Seats">How many requests it may have in flight; null: any number.</param>
/// <param name="Running">Calls that its server says it works on; null: it does not say, or not of now.</param>
/// <param name="Waiting">Calls that its server says wait in it.</param>
/// <param name="CacheUsage">How much of its server's cache is in use, from 0 to 1.</param>
internal sealed record BackendReading(
    string Backend, bool IsUp, int Breaker, long? Seats = null, long? Running = null, long? Waiting = null, double? CacheUsage = null);
