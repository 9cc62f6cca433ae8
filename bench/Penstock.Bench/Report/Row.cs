namespace Penstock.Bench.Report;

/// <summary>One line of a results file: a proxy in a case in a round, and what was found.</summary>
/// <typeparam name="T">The command's result.</typeparam>
internal sealed record Row<T>
{
    public required string Kind { get; init; }

    public string? Case { get; init; }

    public string? Proxy { get; init; }

    public int Round { get; init; }

    public required T Result { get; init; }
}
