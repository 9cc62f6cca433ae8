using Penstock.Configuration;

namespace Penstock.Admission.Jwt;

/// <summary>What an issuer's claims must say (RFC 7519, 4.1), and what of them says who calls.</summary>
internal sealed class JwtClaimRules(JwtConfig config)
{
    /// <summary>How far the clocks of issuers may be off.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    private const int MostChars = 256;

    /// <summary>The caller, or what is wrong. The signature and the issuer are others' business.</summary>
    public JwtResult Check(StrictJson claims, DateTimeOffset now)
    {
        if (!claims.TryStrings("aud", out var audiences) || audiences is null) return new JwtResult(JwtFailure.BadClaims);
        if (!claims.TryTime("exp", out var expires) || expires is null) return new JwtResult(JwtFailure.BadClaims);
        if (!claims.TryTime("nbf", out var notBefore) || !claims.TryTime("iat", out var issued)) return new JwtResult(JwtFailure.BadClaims);
        if (!audiences.Any(audience => config.Audiences.Contains(audience))) return new JwtResult(JwtFailure.OtherAudience);
        if (now >= expires + Leeway) return new JwtResult(JwtFailure.Expired);
        if (now < notBefore - Leeway) return new JwtResult(JwtFailure.NotYetValid);
        if (now < issued - Leeway) return new JwtResult(JwtFailure.IssuedInTheFuture);
        return Identify(claims, expires.Value);
    }

    private JwtResult Identify(StrictJson claims, DateTimeOffset expires)
    {
        if (!claims.TryString(config.Claims.Name, out var name) || !IsPrintable(name)) return new JwtResult(JwtFailure.NoName);
        if (!TryModels(claims, out var models) || !TryLimits(claims, out var limits) || !TryLabels(claims, out var labels))
            return new JwtResult(JwtFailure.BadClaim);
        return new JwtResult(new JwtIdentity
        {
            Issuer = config.Issuer,
            Name = name!,
            Models = models,
            Limits = limits,
            Labels = labels,
            Expires = expires,
        });
    }

    // Issuers leave a list out that is empty. So a token without the claim may use no model, rather than all of them.
    private bool TryModels(StrictJson claims, out IReadOnlyList<string>? models)
    {
        models = null;
        if (config.Claims.Models is not { } claim) return true;
        if (!claims.TryStrings(claim, out models)) return false;
        models ??= [];
        return models.All(IsPrintable);
    }

    private bool TryLimits(StrictJson claims, out string? limits)
    {
        limits = null;
        return config.Claims.Limits is not { } claim || (claims.TryString(claim, out limits) && (limits is null || IsPrintable(limits)));
    }

    private bool TryLabels(StrictJson claims, out IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        labels = [];
        if (config.Claims.Labels.Count == 0) return true;
        var found = new List<KeyValuePair<string, string>>();
        foreach (var claim in config.Claims.Labels)
        {
            if (!claims.TryString(claim, out var value)) return false;
            if (value is null) continue;
            if (!IsPrintable(value)) return false;
            found.Add(new(claim, value));
        }

        labels = found;
        return true;
    }

    // These come into logs, records and answers. A line end in them would be another line there.
    private static bool IsPrintable(string? text) =>
        text is { Length: > 0 and <= MostChars } && !text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029');
}
