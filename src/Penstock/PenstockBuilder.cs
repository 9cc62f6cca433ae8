using Penstock.Backends;
using Penstock.Configuration;

namespace Penstock;

/// <summary>Adds to the gateway what the application brings.</summary>
public sealed class PenstockBuilder
{
    private readonly List<(string Type, Func<BackendConfig, IBackend> Factory)> _kinds;

    internal PenstockBuilder(List<(string Type, Func<BackendConfig, IBackend> Factory)> kinds) => _kinds = kinds;

    /// <summary>Registers a kind of backend, which the configuration then knows as <c>type: …</c>.</summary>
    /// <param name="type">Its name in the configuration.</param>
    /// <param name="factory">Makes a backend of one entry of <c>backends</c>; called again for each reload.</param>
    /// <returns>This builder.</returns>
    public PenstockBuilder AddBackend(string type, Func<BackendConfig, IBackend> factory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        ArgumentNullException.ThrowIfNull(factory);
        _kinds.Add((type, factory));
        return this;
    }
}
