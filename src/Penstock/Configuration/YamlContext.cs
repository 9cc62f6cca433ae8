using YamlDotNet.RepresentationModel;

namespace Penstock.Configuration;

/// <summary>What all scopes of one file share: its name, its errors and the environment that its values refer to.</summary>
internal sealed class YamlContext(string file, Func<string, string?> environment)
{
    private readonly List<ConfigError> _errors = [];

    /// <summary>What was found wrong, in the order of the file.</summary>
    public IEnumerable<ConfigError> Errors => _errors.OrderBy(e => e.Line);

    public bool HasErrors => _errors.Count > 0;

    public void Add(YamlNode node, string path, string message) => Add((int)node.Start.Line, path, message);

    public void Add(int line, string path, string message) => _errors.Add(new ConfigError(file, line, path, message));

    /// <summary>A scalar's text with its variables put in; null, and an error, where it is none.</summary>
    public string? Scalar(YamlNode node, string path)
    {
        if (node is not YamlScalarNode { Value: { } text })
        {
            Add(node, path, "this must be a single value");
            return null;
        }

        var value = Interpolation.Expand(text, environment, out var error);
        if (error is not null) Add(node, path, error);
        return value;
    }
}
