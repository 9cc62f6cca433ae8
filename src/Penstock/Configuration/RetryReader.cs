namespace Penstock.Configuration;

/// <summary>Reads <c>retry</c>.</summary>
internal static class RetryReader
{
    private const long MostAttempts = 10;

    public static RetryConfig Read(YamlScope? scope)
    {
        var defaults = new RetryConfig();
        if (scope is null) return defaults;
        var config = defaults with
        {
            Attempts = (int?)scope.Integer("attempts", 1, MostAttempts) ?? defaults.Attempts,
            Backoff = scope.Seconds("backoff") ?? defaults.Backoff,
            MaxBackoff = scope.Seconds("max_backoff") ?? defaults.MaxBackoff,
            Budget = scope.Number("budget", 0, 1) ?? defaults.Budget,
        };
        scope.Close();
        return config;
    }
}
