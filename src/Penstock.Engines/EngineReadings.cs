namespace Penstock.Engines;

/// <summary>What a server says of itself at one moment.</summary>
/// <param name="Running">Calls that it works on.</param>
/// <param name="Waiting">Calls that it has not begun.</param>
/// <param name="CacheUsage">The part of its cache that calls hold, from 0 to 1: what is only remembered does not count.</param>
/// <param name="Slots">Whether each of its slots works; null: it has none.</param>
internal readonly record struct EngineReadings(int Running, int Waiting, double CacheUsage, IReadOnlyList<bool>? Slots);
