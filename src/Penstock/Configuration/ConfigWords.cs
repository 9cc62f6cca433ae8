using Microsoft.Extensions.Logging;
using Penstock.Telemetry;

namespace Penstock.Configuration;

/// <summary>The words that the configuration has for choices, in the order in which errors list them.</summary>
internal static class ConfigWords
{
    public static readonly IReadOnlyDictionary<string, LogLevel> LogLevels = new Dictionary<string, LogLevel>(StringComparer.OrdinalIgnoreCase)
    {
        ["trace"] = LogLevel.Trace,
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
        ["none"] = LogLevel.None,
    };

    public static readonly IReadOnlyDictionary<string, LogFormat> LogFormats = new Dictionary<string, LogFormat>(StringComparer.OrdinalIgnoreCase)
    {
        ["text"] = LogFormat.Text,
        ["json"] = LogFormat.Json,
    };

    public static readonly IReadOnlyDictionary<string, ResponseFields> ResponseFields = new Dictionary<string, ResponseFields>
    {
        ["gateway"] = Configuration.ResponseFields.Gateway,
        ["upstream"] = Configuration.ResponseFields.Upstream,
    };

    public static readonly IReadOnlyDictionary<string, RequestValidation> Validations = new Dictionary<string, RequestValidation>
    {
        ["strict"] = RequestValidation.Strict,
        ["minimal"] = RequestValidation.Minimal,
    };

    /// <summary>The word for a value, the first where there are several.</summary>
    public static string Of<T>(IReadOnlyDictionary<string, T> words, T value) where T : struct =>
        words.First(pair => EqualityComparer<T>.Default.Equals(pair.Value, value)).Key;
}
