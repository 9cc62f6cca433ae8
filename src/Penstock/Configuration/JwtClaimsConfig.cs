namespace Penstock.Configuration;

/// <summary>The names of the claims that say who calls and what it may (<c>claims</c> of an entry of <c>auth.jwt</c>).</summary>
internal sealed record JwtClaimsConfig
{
    /// <summary>The caller's name: a string.</summary>
    public string Name { get; init; } = "sub";

    /// <summary>The models that it may use: a string or a list of strings; null: nothing is asked, and all are allowed.</summary>
    public string? Models { get; init; }

    /// <summary>The name of its limits: a string; null: nothing is asked.</summary>
    public string? Limits { get; init; }

    /// <summary>Claims that become the caller's labels, under their own names.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}
