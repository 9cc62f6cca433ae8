using System.Reflection;

namespace Penstock.Telemetry;

/// <summary>The names under which Penstock reports to OpenTelemetry and to whatever else listens.</summary>
public static class PenstockTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/>: a server span a request, a client span an attempt.</summary>
    public const string ActivitySourceName = "Penstock";

    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string MeterName = "Penstock";

    /// <summary>The version of the gateway, as in <c>penstock --version</c>.</summary>
    public static string Version { get; } =
        typeof(PenstockTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
