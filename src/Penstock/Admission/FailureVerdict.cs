namespace Penstock.Admission;

/// <summary>What is to be said to an address that has failed too often.</summary>
/// <param name="Wait">Until its minute is over.</param>
/// <param name="HasBegun">Whether this is the first failure that was too much.</param>
internal readonly record struct FailureVerdict(TimeSpan Wait, bool HasBegun);
