namespace Penstock.Configuration;

/// <summary>The <c>auth</c> section: who may call, besides whoever carries <c>API_KEY</c>.</summary>
internal sealed record AuthConfig
{
    public IReadOnlyList<KeyConfig> Keys { get; init; } = [];

    /// <summary>Who issues tokens that count as credentials.</summary>
    public IReadOnlyList<JwtConfig> Jwt { get; init; } = [];
}
