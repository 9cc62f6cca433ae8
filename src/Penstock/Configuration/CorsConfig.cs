namespace Penstock.Configuration;

/// <summary><c>server.cors</c>: which web pages may call from a browser.</summary>
internal sealed record CorsConfig
{
    /// <summary>Every page. There are no credentials that a browser would add by itself, so that it gives nothing away.</summary>
    public const string Anyone = "*";

    /// <summary>The pages' origins as browsers send them, like <c>https://app.example.com</c>; or <see cref="Anyone"/> alone.</summary>
    public required IReadOnlyList<string> Origins { get; init; }

    public bool AllowsAnyone => Origins[0] == Anyone;

    public bool Allows(string origin)
    {
        if (AllowsAnyone) return true;
        for (var i = 0; i < Origins.Count; i++)
        {
            if (Origins[i] == origin) return true;
        }

        return false;
    }
}
