namespace Penstock.Configuration;

/// <summary>Reads a backend's <c>breaker</c>.</summary>
internal static class BreakerReader
{
    private const long MostFailures = 1000;

    public static BreakerConfig Read(YamlScope? scope)
    {
        var defaults = new BreakerConfig();
        if (scope is null) return defaults;
        var config = defaults with
        {
            Failures = (int?)scope.Integer("failures", 1, MostFailures) ?? defaults.Failures,
            Window = scope.Seconds("window") ?? defaults.Window,
            Open = scope.Seconds("open") ?? defaults.Open,
        };
        scope.Close();
        return config;
    }
}
