namespace Penstock.Configuration;

/// <summary>Reads <c>log</c>.</summary>
internal static class LogReader
{
    public static LogConfig Read(YamlScope? scope)
    {
        var defaults = new LogConfig();
        if (scope is null) return defaults;
        var config = defaults with
        {
            Level = scope.Choice("level", ConfigWords.LogLevels) ?? defaults.Level,
            Format = scope.Choice("format", ConfigWords.LogFormats) ?? defaults.Format,
        };
        scope.Close();
        return config;
    }
}
