namespace Penstock.Admission.Jwt;

/// <summary>Who calls, as a token says that was found good.</summary>
internal sealed record JwtIdentity
{
    /// <summary>Its <c>iss</c>. Names are the issuer's: two issuers may have the same name for different callers.</summary>
    public required string Issuer { get; init; }

    /// <summary>1 to 256 characters, none of them a control character.</summary>
    public required string Name { get; init; }

    /// <summary>The models, or patterns of them, that it may use, perhaps none; null: nothing is said, and all are allowed.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>The name of its limits; null: nothing is said.</summary>
    public string? Limits { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>Its <c>exp</c>; it is taken for a minute more.</summary>
    public required DateTimeOffset Expires { get; init; }
}
