using System.Globalization;

namespace Penstock.Configuration;

/// <summary>What options and environment variables say in place of the file.</summary>
/// <param name="sources">Where they are found.</param>
/// <param name="errors">Gets what is wrong with them.</param>
internal sealed class VariableOverrides(ConfigSources sources, List<ConfigError> errors)
{
    /// <summary>What <c>BACKEND_URL</c> becomes.</summary>
    public const string BackendName = "backend";

    public GatewayConfig Apply(GatewayConfig config)
    {
        config = config with
        {
            Server = config.Server with
            {
                Host = FindHost() ?? config.Server.Host,
                Port = FindPort() ?? config.Server.Port,
                ApiKey = FindKey("API_KEY", "AUTHORIZATION") ?? config.Server.ApiKey,
            },
            Log = config.Log with
            {
                Level = FindChoice("LOG_LEVEL", ConfigWords.LogLevels) ?? config.Log.Level,
                Format = FindChoice("LOG_FORMAT", ConfigWords.LogFormats) ?? config.Log.Format,
            },
        };
        return sources.Find("BACKEND_URL") is { } url ? AddBackend(config, url.Value, url.Source) : config;
    }

    private GatewayConfig AddBackend(GatewayConfig config, string text, string source)
    {
        if (!BackendUrl.TryParse(text, out var url, out var error))
        {
            Fail(source, error);
            return config;
        }

        var backend = new BackendConfig { Name = BackendName, Type = BackendReader.Http, Url = url };
        return config with
        {
            Backends = [.. config.Backends.Where(b => b.Name != BackendName), backend],
            DefaultBackend = BackendName,
        };
    }

    private string? FindHost()
    {
        if (sources.Find("HOST") is not { } found) return null;
        if (ServerReader.IsHost(found.Value, out var error)) return found.Value;
        Fail(found.Source, error);
        return null;
    }

    private int? FindPort()
    {
        if (sources.Find("PORT") is not { } found) return null;
        if (int.TryParse(found.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535) return port;
        Fail(found.Source, $"'{found.Value}' is not a port from 0 to 65535");
        return null;
    }

    private string? FindKey(string variable, string otherVariable)
    {
        var found = sources.Find(variable) ?? sources.Find(otherVariable);
        if (found is not { } key) return null;
        var value = key.Value.TrimStart();
        value = value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : value.Trim();
        if (value.Length == 0) Fail(key.Source, "the key is empty; leave it out to leave the gateway open");
        return value;
    }

    private T? FindChoice<T>(string variable, IReadOnlyDictionary<string, T> choices) where T : struct
    {
        if (sources.Find(variable) is not { } found) return null;
        if (choices.TryGetValue(found.Value, out var value)) return value;
        Fail(found.Source, $"'{found.Value}' is not one of {string.Join(", ", choices.Keys)}{NearestName.Hint(found.Value, choices.Keys)}");
        return null;
    }

    private void Fail(string source, string message) => errors.Add(new ConfigError(source, 0, "", message));
}
