namespace Penstock.Health;

/// <summary>A backend's health at one moment, for people.</summary>
/// <param name="Probes">What its probes say.</param>
/// <param name="Obstacle">Why it is not to be picked.</param>
/// <param name="Breaker">Where its breaker stands.</param>
/// <param name="LastError">What went wrong last, ever; null: nothing.</param>
/// <param name="RestingUntil">Until when it has asked to be left alone; null: it has not, or that is over.</param>
internal sealed record HealthReading(
    ProbeState Probes, Obstacle Obstacle, BreakerState Breaker, LastError? LastError, DateTimeOffset? RestingUntil);
