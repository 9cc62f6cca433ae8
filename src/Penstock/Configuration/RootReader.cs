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
        var backends = ReadBackends(root, out var areAllNamed);
        var defaultBackend = root.String("default_backend");
        // Of an entry whose name cannot be read it may be the one that is meant: one mistake is one error.
        if (areAllNamed && defaultBackend is not null) CheckDefault(root, defaultBackend, backends);
        root.Close();
        return new GatewayConfig
        {
            Server = server,
            Log = log,
            Backends = backends,
            DefaultBackend = defaultBackend,
            ResponseFields = fields ?? ResponseFields.Gateway,
        };
    }

    // BACKEND_URL adds a backend, and is the default then whatever the file says.
    private void CheckDefault(YamlScope root, string name, List<BackendConfig> backends)
    {
        if (backends.Exists(b => b.Name == name)) return;
        if (name != VariableOverrides.BackendName)
            root.Fail("default_backend", $"there is no backend '{name}'{NearestName.Hint(name, backends.Select(b => b.Name))}");
        else if (!hasBackendUrl)
            root.Fail("default_backend", $"there is no backend '{name}', and BACKEND_URL is not set");
    }

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
