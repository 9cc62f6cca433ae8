namespace Penstock;

/// <summary>The configuration has errors; the message lists all of them, each with its file, line and path.</summary>
public sealed class PenstockConfigurationException : Exception
{
    internal PenstockConfigurationException(IEnumerable<object> errors)
        : base("The gateway's configuration has errors:\n" + string.Join('\n', errors))
    {
    }
}
