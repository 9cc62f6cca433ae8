using Penstock.Configuration;

namespace Penstock.Backends;

/// <summary>A kind of backend that the application brings.</summary>
/// <param name="Type">Its name in the configuration.</param>
/// <param name="Factory">Makes a backend of one entry of <c>backends</c>.</param>
internal sealed record BackendKind(string Type, Func<IServiceProvider, BackendConfig, IBackend> Factory);
