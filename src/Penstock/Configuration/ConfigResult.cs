namespace Penstock.Configuration;

/// <summary>A configuration, or everything that is wrong with it.</summary>
/// <param name="Config">Null where there is an error.</param>
/// <param name="Errors">All of them, in the order of the file.</param>
internal sealed record ConfigResult(GatewayConfig? Config, IReadOnlyList<ConfigError> Errors);
