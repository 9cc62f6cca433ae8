namespace Penstock.Configuration;

/// <summary>Reads the whole of a file: its sections, and what they say of each other.</summary>
/// <param name="customTypes">Types of backends that the application has registered.</param>
/// <param name="hasBackendUrl">Whether a variable adds a backend to those of the file.</param>
internal sealed class RootReader(IReadOnlyCollection<string> customTypes, bool hasBackendUrl)
{
    /// <summary>What the file says; errors are in the scope's context.</summary>
    public GatewayConfig Read(YamlScope root)
    {
        var server = ServerReader.Read(root.Mapping("server"));
        var log = LogReader.Read(root.Mapping("log"));
        var fields = root.Choice("response_fields", ConfigWords.ResponseFields);
        var settings = SettingsReader.Read(root, new ModelSettings());
        var retry = RetryReader.Read(root.Mapping("retry"));
        var limitsReader = new LimitsReader();
        var limits = limitsReader.Read(root);
        var auth = new AuthReader(limitsReader).Read(root.Mapping("auth"));
        var prices = PricesReader.Read(root);
        var backends = ReadBackends(root, out var areAllNamed);
        var names = new BackendNames([.. backends.Select(b => b.Name)], areAllNamed, hasBackendUrl);
        var modelsReader = new ModelsReader(names, settings, limitsReader);
        var models = modelsReader.Read(root);
        var defaultBackend = root.String("default_backend");
        if (defaultBackend is not null && !names.MayHave(defaultBackend) && !modelsReader.MayHave(defaultBackend))
            root.Fail("default_backend", names.Refuse(defaultBackend, modelsReader.Names));
        var store = StoreReader.Read(root);
        var usage = ReadUsage(root);
        root.Close();
        return new GatewayConfig
        {
            Server = server,
            Log = log,
            Backends = backends,
            Models = models,
            Retry = retry,
            Auth = auth,
            Limits = limits,
            Prices = prices,
            Settings = settings,
            DefaultBackend = defaultBackend,
            ResponseFields = fields ?? ResponseFields.Gateway,
            Store = store,
            Usage = usage,
        };
    }

    private static UsageConfig ReadUsage(YamlScope root) => new()
    {
        Days = (int?)root.Integer("usage_days", 0, 36_500) ?? UsageConfig.DefaultDays,
        Spool = root.String("usage_spool"),
    };

    private List<BackendConfig> ReadBackends(YamlScope root, out bool areAllNamed)
    {
        var reader = new BackendReader(customTypes);
        var backends = new List<BackendConfig>();
        areAllNamed = true;
        foreach (var scope in root.Mappings("backends"))
        {
            if (reader.Read(scope) is not { } backend) areAllNamed = false;
            else if (backends.Exists(b => b.Name == backend.Name)) scope.Fail("name", $"there are two backends '{backend.Name}'");
            else backends.Add(backend);
        }

        return backends;
    }
}
