namespace Penstock.Server.Commands;

/// <summary>What the command line said to <c>penstock serve</c>; null where it said nothing.</summary>
internal sealed record ServeOptions
{
    public int? Port { get; init; }

    public string? Host { get; init; }

    public string? Config { get; init; }

    public string? BackendUrl { get; init; }
}
