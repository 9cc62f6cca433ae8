using Microsoft.Extensions.DependencyInjection;
using Penstock.Backends;
using Penstock.Configuration;

namespace Penstock;

/// <summary>Adds to the gateway what the application brings.</summary>
public sealed class PenstockBuilder
{
    internal PenstockBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Registers a kind of backend, which the configuration then knows as <c>type: …</c>.</summary>
    /// <param name="type">Its name in the configuration.</param>
    /// <param name="factory">
    /// Makes a backend of one entry of <c>backends</c>; called again for each reload. What it throws is reported as an
    /// error of the configuration.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">There is a kind of that name already.</exception>
    public PenstockBuilder AddBackend(string type, Func<BackendConfig, IBackend> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return AddBackend(type, (_, config) => factory(config));
    }

    /// <summary>Registers a kind of backend that uses services of the application.</summary>
    /// <param name="type">Its name in the configuration.</param>
    /// <param name="factory">As above; it gets the application's singletons too.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">There is a kind of that name already.</exception>
    public PenstockBuilder AddBackend(string type, Func<IServiceProvider, BackendConfig, IBackend> factory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        ArgumentNullException.ThrowIfNull(factory);
        if (BackendKinds.IsOurs(type) || Services.Any(s => s.ImplementationInstance is BackendKind kind && kind.Type == type))
            throw new ArgumentException($"There is a kind of backend '{type}' already.", nameof(type));
        Services.AddSingleton(new BackendKind(type, factory));
        return this;
    }
}
