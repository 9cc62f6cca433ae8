namespace Penstock.Configuration;

/// <summary>The configuration has errors; the message lists all of them, each with its file, line and path.</summary>
public sealed class PenstockConfigurationException : Exception
{
    internal PenstockConfigurationException(IEnumerable<ConfigError> errors, Exception? innerException = null)
        : this([.. errors.Select(e => e.ToString())], innerException)
    {
    }

    private PenstockConfigurationException(IReadOnlyList<string> errors, Exception? innerException)
        : base("The gateway's configuration has errors:\n" + string.Join('\n', errors), innerException) => Errors = errors;

    /// <summary>Each error, like <c>/etc/penstock.yaml:7: backends[0].url: …</c>.</summary>
    public IReadOnlyList<string> Errors { get; }
}
