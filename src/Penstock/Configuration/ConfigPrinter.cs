using System.Globalization;
using System.Text;

namespace Penstock.Configuration;

/// <summary>Prints a configuration as it was understood, as YAML that could be read again but for its secrets.</summary>
internal static class ConfigPrinter
{
    private const string Mask = "'***'";

    public static string Print(GatewayConfig config)
    {
        var text = new StringBuilder();
        text.AppendLine("server:");
        Pair(text, "  host", config.Server.Host);
        Pair(text, "  port", config.Server.Port);
        if (config.Server.ApiKey is not null) text.AppendLine($"  api_key: {Mask}");
        Pair(text, "  max_body_bytes", config.Server.MaxBodyBytes);
        Pair(text, "  validation", config.Server.Validation.ToString().ToLowerInvariant());
        Pair(text, "  drain_timeout", config.Server.DrainTimeout.TotalSeconds);
        text.AppendLine("log:");
        Pair(text, "  level", config.Log.Level.ToString().ToLowerInvariant().Replace("information", "info", StringComparison.Ordinal));
        Pair(text, "  format", config.Log.Format.ToString().ToLowerInvariant());
        Pair(text, "response_fields", config.ResponseFields.ToString().ToLowerInvariant());
        if (config.DefaultBackend is not null) Pair(text, "default_backend", config.DefaultBackend);
        text.AppendLine("backends:");
        foreach (var backend in config.Backends) Print(text, backend);
        return text.ToString();
    }

    private static void Print(StringBuilder text, BackendConfig backend)
    {
        Pair(text, "  - name", backend.Name);
        Pair(text, "    type", backend.Type);
        if (backend.Url is not null) Pair(text, "    url", backend.Url.AbsoluteUri);
        Pair(text, "    timeout", backend.Timeout.TotalSeconds);
        if (backend.ApiKey is not null) text.AppendLine($"    api_key: {Mask}");
        if (backend.Model is not null) Pair(text, "    model", backend.Model);
        if (backend.Models.Count > 0) text.AppendLine($"    models: [{string.Join(", ", backend.Models.Select(Quote))}]");
        Pair(text, "    inject_usage", backend.InjectUsage ? "true" : "false");
        // Headers and options may carry credentials under any name, so none of their values is shown.
        Masked(text, "headers", backend.Headers);
        Masked(text, "options", backend.Options);
    }

    private static void Masked(StringBuilder text, string key, IReadOnlyDictionary<string, string> pairs)
    {
        if (pairs.Count > 0)
            text.AppendLine($"    {key}: {{ {string.Join(", ", pairs.Keys.Select(name => $"{Quote(name)}: {Mask}"))} }}");
    }

    private static void Pair(StringBuilder text, string key, object value) => text.AppendLine($"{key}: {(value is string s
        ? Quote(s) : Convert.ToString(value, CultureInfo.InvariantCulture))}");

    // What is not plainly a word is quoted, so that no value can be read as something else: not as null, not as a
    // variable, and not over several lines.
    private static string Quote(string value)
    {
        var plain = value.Length > 0 && char.IsAsciiLetter(value[0]) && value != "null"
            && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/');
        if (plain) return value;
        value = value.Replace("${", "$${", StringComparison.Ordinal);
        if (!value.Any(char.IsControl)) return $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (char.IsControl(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
