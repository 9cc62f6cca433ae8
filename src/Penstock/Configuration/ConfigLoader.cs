namespace Penstock.Configuration;

/// <summary>
/// Puts the configuration together: command line before environment before file before defaults.
/// All errors are found, not the first one only.
/// </summary>
internal sealed class ConfigLoader(ConfigSources sources, IReadOnlyCollection<string> customTypes)
{
    /// <summary>The file that counts, whether it exists or not; null where there is to be none.</summary>
    public string? File => (NamedFile ?? sources.DefaultFile) is { } file ? Path.GetFullPath(file, sources.Directory) : null;

    private string? NamedFile => sources.Find("CONFIG_FILE")?.Value;

    public ConfigResult Load()
    {
        var errors = new List<ConfigError>();
        var fromFile = ReadFile(errors) ?? new GatewayConfig { Backends = [] };
        var config = WithFullPaths(new VariableOverrides(sources, errors).Apply(fromFile));
        DoorRules.Check(config, errors);
        if (errors.Count > 0) return new ConfigResult(null, errors);
        if (config.Store is { } store) config = config with { Store = store.In(sources.Directory), Usage = Settle(config.Usage, store) };
        return new ConfigResult(config.Backends.Count > 0 ? config : Echoing(config), []);
    }

    // Names are relative to the working directory, as everywhere; what is not named stands beside the database.
    private UsageConfig Settle(UsageConfig usage, StoreConfig store) => usage with
    {
        Spool = Path.GetFullPath(usage.Spool ?? Path.Combine(Path.GetDirectoryName(store.Path) ?? "", UsageConfig.SpoolName), sources.Directory),
    };

    private GatewayConfig WithFullPaths(GatewayConfig config) => config.Server.Tls is not { } tls ? config : config with
    {
        Server = config.Server with
        {
            Tls = new TlsConfig
            {
                Certificate = Path.GetFullPath(tls.Certificate, sources.Directory),
                Key = Path.GetFullPath(tls.Key, sources.Directory),
            },
        },
    };

    private static GatewayConfig Echoing(GatewayConfig config) => config with
    {
        Backends = [new BackendConfig { Name = BackendReader.Echo, Type = BackendReader.Echo }],
        DefaultBackend = BackendReader.Echo,
        IsEchoMode = true,
    };

    private GatewayConfig? ReadFile(List<ConfigError> errors)
    {
        if (File is not { } path) return null;
        string text;
        try
        {
            text = System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && NamedFile is null)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            errors.Add(new ConfigError(path, 0, "", why));
            return null;
        }

        var context = new YamlContext(path, sources.Environment);
        var root = YamlDocument.Parse(text, context);
        var reader = new RootReader(customTypes, hasBackendUrl: sources.Find("BACKEND_URL") is not null);
        var config = root is null ? null : reader.Read(new YamlScope(root, "", context)) with { File = path };
        errors.AddRange(context.Errors);
        return config;
    }
}
