namespace Penstock.Configuration;

/// <summary>Where the configuration comes from, besides the file: what overrides it, in the order in which it wins.</summary>
internal sealed record ConfigSources
{
    /// <summary>Options of the command line: the same names as the variables (<c>PORT</c>, …), with the flag to blame.</summary>
    public IReadOnlyDictionary<string, string> CommandLine { get; init; } = new Dictionary<string, string>();

    /// <summary>Looks up an environment variable; null where it is not set.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Whether variables like <c>PORT</c> count; those that the file refers to always do.</summary>
    public bool ReadsVariables { get; init; } = true;

    /// <summary>The file that is read where none is named, if it is there; null: none.</summary>
    public string? DefaultFile { get; init; } = "config.yaml";

    /// <summary>The folder that relative file names are relative to.</summary>
    public string Directory { get; init; } = System.IO.Directory.GetCurrentDirectory();

    /// <summary>The value of a variable, and where it was set. An empty variable counts as one that is not set.</summary>
    public (string Value, string Source)? Find(string variable)
    {
        if (CommandLine.TryGetValue(variable, out var option)) return (option, OptionOf(variable));
        return ReadsVariables && Environment(variable) is { Length: > 0 } value ? (value, variable) : null;
    }

    private static string OptionOf(string variable) => variable switch
    {
        "CONFIG_FILE" => "--config",
        "BACKEND_URL" => "--backend-url",
        _ => "--" + variable.ToLowerInvariant(),
    };
}
