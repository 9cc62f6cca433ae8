namespace Penstock.Server.Commands;

/// <summary>What the command line said to <c>penstock keys create</c>.</summary>
internal sealed record KeysCreateOptions
{
    public required string Name { get; init; }

    /// <summary>Names and patterns, each with commas between several.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    public string? Expires { get; init; }

    public string? Limits { get; init; }

    public string? Budget { get; init; }

    public string Priority { get; init; } = "normal";

    /// <summary>Each <c>name=value</c>.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public bool IsJson { get; init; }

    public string? Config { get; init; }
}
