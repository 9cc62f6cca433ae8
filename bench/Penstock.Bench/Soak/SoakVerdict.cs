namespace Penstock.Bench.Soak;

/// <summary>What a call came to.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">The error's code, or what was wrong; null where nothing is to be said.</param>
internal readonly record struct SoakVerdict(SoakOutcome Outcome, string? Detail = null)
{
    public static SoakVerdict Wrong(string detail) => new(SoakOutcome.Wrong, detail);
}
