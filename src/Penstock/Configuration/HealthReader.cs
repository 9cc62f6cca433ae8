namespace Penstock.Configuration;

/// <summary>Reads a backend's <c>health</c>: a mapping, which turns probes on, or just on or off.</summary>
internal static class HealthReader
{
    private const long MostInARow = 1000;

    /// <summary>What holds where nothing is said. Behind https: are hosted APIs mostly, which bill or bar those who poll.</summary>
    public static HealthConfig DefaultFor(string? type, Uri? url) =>
        new() { IsProbed = type == BackendReader.Http && url?.Scheme == Uri.UriSchemeHttp };

    public static HealthConfig Read(YamlScope backend, string? type, Uri? url)
    {
        var defaults = DefaultFor(type, url);
        var config = backend.HasMapping("health")
            ? ReadMapping(backend.Mapping("health")!, defaults with { IsProbed = true })
            : defaults with { IsProbed = backend.Choice("health", ConfigWords.Switch) ?? defaults.IsProbed };
        if (!config.IsProbed) return config;
        if (type == BackendReader.Echo) backend.Fail("health", "an echo backend has no server to ask");
        else if (type != BackendReader.Http && !backend.Has("url")) backend.Fail("health", "there is no url to ask");
        return config;
    }

    private static HealthConfig ReadMapping(YamlScope scope, HealthConfig defaults)
    {
        var config = defaults with
        {
            Path = scope.String("path"),
            Interval = scope.Seconds("interval") ?? defaults.Interval,
            Timeout = scope.Seconds("timeout") ?? defaults.Timeout,
            HealthyAfter = (int?)scope.Integer("healthy_after", 1, MostInARow) ?? defaults.HealthyAfter,
            UnhealthyAfter = (int?)scope.Integer("unhealthy_after", 1, MostInARow) ?? defaults.UnhealthyAfter,
        };
        if (config.Path is { } path && (!path.StartsWith('/') || path.AsSpan().ContainsAnyExceptInRange('!', '~')))
            scope.Fail("path", $"'{path}' is not a path like /health");
        scope.Close();
        return config;
    }
}
