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
                Host = FindHost("HOST") ?? config.Server.Host,
                Port = FindPort("PORT") ?? config.Server.Port,
                H2cPort = FindPort("H2C_PORT") ?? config.Server.H2cPort,
                AdminHost = FindHost("ADMIN_HOST") ?? config.Server.AdminHost,
                AdminPort = FindPort("ADMIN_PORT") ?? config.Server.AdminPort,
                Tls = FindTls(config.Server.Tls),
                ApiKey = FindKey(ServerReader.WithoutApiKey, "API_KEY", "AUTHORIZATION") ?? config.Server.ApiKey,
                AdminKey = FindKey(ServerReader.WithoutAdminKey, "ADMIN_KEY") ?? config.Server.AdminKey,
            },
            Log = config.Log with
            {
                Level = FindChoice("LOG_LEVEL", ConfigWords.LogLevels) ?? config.Log.Level,
                Format = FindChoice("LOG_FORMAT", ConfigWords.LogFormats) ?? config.Log.Format,
            },
            Store = FindStore() ?? config.Store,
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

        var backend = new BackendConfig
        {
            Name = BackendName,
            Type = BackendReader.Http,
            Url = url,
            Health = HealthReader.DefaultFor(BackendReader.Http, url),
        };
        return config with
        {
            Backends = [.. config.Backends.Where(b => b.Name != BackendName), backend],
            DefaultBackend = BackendName,
        };
    }

    private StoreConfig? FindStore()
    {
        if (sources.Find("STORE") is not { } found) return null;
        if (StoreReader.TryParse(found.Value, out var store, out var error)) return store;
        Fail(found.Source, error);
        return null;
    }

    private string? FindHost(string variable)
    {
        if (sources.Find(variable) is not { } found) return null;
        if (ServerReader.IsHost(found.Value, out var error)) return found.Value;
        Fail(found.Source, error);
        return null;
    }

    private int? FindPort(string variable)
    {
        if (sources.Find(variable) is not { } found) return null;
        if (int.TryParse(found.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535) return port;
        Fail(found.Source, $"'{found.Value}' is not a port from 0 to 65535");
        return null;
    }

    // One of the two may be the file's.
    private TlsConfig? FindTls(TlsConfig? tls)
    {
        var certificate = sources.Find("TLS_CERTIFICATE")?.Value ?? tls?.Certificate;
        var key = sources.Find("TLS_KEY")?.Value ?? tls?.Key;
        if (certificate is not null && key is not null) return new TlsConfig { Certificate = certificate, Key = key };
        if (certificate is not null) Fail("TLS_CERTIFICATE", TlsReader.WithoutKey + ": set TLS_KEY");
        if (key is not null) Fail("TLS_KEY", TlsReader.WithoutCertificate + ": set TLS_CERTIFICATE");
        return null;
    }

    // The first of the variables that is set.
    private string? FindKey(string withoutOne, params ReadOnlySpan<string> variables)
    {
        foreach (var variable in variables)
        {
            if (sources.Find(variable) is not { } key) continue;
            var value = key.Value.TrimStart();
            value = value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : value.Trim();
            if (value.Length == 0) Fail(key.Source, ServerReader.EmptyKey(withoutOne));
            return value;
        }

        return null;
    }

    private T? FindChoice<T>(string variable, Words<T> words) where T : struct
    {
        if (sources.Find(variable) is not { } found) return null;
        if (words.TryGet(found.Value, out var value)) return value;
        Fail(found.Source, words.Refuse(found.Value));
        return null;
    }

    private void Fail(string source, string message) => errors.Add(new ConfigError(source, 0, "", message));
}
