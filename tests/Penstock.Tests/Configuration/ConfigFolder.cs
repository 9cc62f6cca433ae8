using Penstock.Configuration;

namespace Penstock.Tests.Configuration;

/// <summary>A folder of its own with a configuration file, read as the executable would with this environment and command line.</summary>
internal sealed class ConfigFolder : IDisposable
{
    private readonly Dictionary<string, string> _variables = [];
    private readonly Dictionary<string, string> _options = [];

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("penstock-config-").FullName;

    public string File => Path.Combine(Directory, "config.yaml");

    public IReadOnlyCollection<string> CustomTypes { get; init; } = [];

    public string? DefaultFile { get; init; } = "config.yaml";

    public bool ReadsVariables { get; init; } = true;

    public ConfigFolder Write(string yaml, string name = "config.yaml")
    {
        System.IO.File.WriteAllText(Path.Combine(Directory, name), yaml);
        return this;
    }

    public ConfigFolder Set(string variable, string value)
    {
        _variables[variable] = value;
        return this;
    }

    public ConfigFolder Option(string variable, string value)
    {
        _options[variable] = value;
        return this;
    }

    public ConfigResult Load() => new ConfigLoader(
        new ConfigSources
        {
            CommandLine = _options,
            Environment = name => _variables.GetValueOrDefault(name),
            Directory = Directory,
            DefaultFile = DefaultFile,
            ReadsVariables = ReadsVariables,
        },
        CustomTypes).Load();

    /// <summary>The configuration of a folder that has no errors.</summary>
    public GatewayConfig LoadValid()
    {
        var (config, errors) = Load();
        return config ?? throw new InvalidOperationException(string.Join('\n', errors));
    }

    /// <summary>The errors as they are printed, the file's folder left out.</summary>
    public string[] Errors() => [.. Load().Errors.Select(e => e.ToString().Replace(Directory + Path.DirectorySeparatorChar, "", StringComparison.Ordinal))];

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
