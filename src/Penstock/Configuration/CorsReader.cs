namespace Penstock.Configuration;

/// <summary>Reads <c>server.cors</c>.</summary>
internal static class CorsReader
{
    /// <returns>Null: no page may call.</returns>
    public static CorsConfig? Read(YamlScope? scope)
    {
        if (scope is null) return null;
        var origins = scope.Names("origins");
        foreach (var origin in origins)
        {
            if (origin == CorsConfig.Anyone && origins.Count > 1) scope.Fail("origins", "'*' is every origin, and stands alone");
            else if (Refuse(origin) is { } why) scope.Fail("origins", why);
        }

        scope.Close();
        return origins.Count == 0 ? null : new CorsConfig { Origins = origins };
    }

    // Compared with what browsers send byte by byte: what they would not send would never match.
    private static string? Refuse(string origin)
    {
        if (origin is CorsConfig.Anyone or "") return null;
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return $"'{origin}' is not an origin like https://app.example.com";
        var sent = $"{uri.Scheme}://{uri.IdnHost}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}";
        return sent == origin ? null : $"'{origin}' is not how browsers write it; did you mean '{sent}'?";
    }
}
