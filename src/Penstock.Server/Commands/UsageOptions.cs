namespace Penstock.Server.Commands;

/// <summary>What the command line said to <c>penstock usage</c>.</summary>
internal sealed record UsageOptions
{
    public required string By { get; init; }

    public required string Since { get; init; }

    public required string Until { get; init; }

    public bool IsJson { get; init; }

    public bool IsCsv { get; init; }

    public string? Config { get; init; }
}
