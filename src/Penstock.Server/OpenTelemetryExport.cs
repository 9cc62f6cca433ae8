using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Penstock.Telemetry;

namespace Penstock.Server;

/// <summary>
/// Sends traces and metrics over OTLP where an endpoint is named, with OpenTelemetry's standard variables
/// (<c>OTEL_EXPORTER_OTLP_*</c>, <c>OTEL_SERVICE_NAME</c>, <c>OTEL_RESOURCE_ATTRIBUTES</c>, <c>OTEL_TRACES_SAMPLER</c>, …),
/// most of which the SDK reads itself. Without an endpoint none of it is even loaded.
/// </summary>
internal sealed class OpenTelemetryExport : IDisposable
{
    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;

    private OpenTelemetryExport()
    {
        if (IsWanted("TRACES"))
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(NameService).AddSource(PenstockTelemetry.ActivitySourceName).AddOtlpExporter().Build();
        }

        if (IsWanted("METRICS"))
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(NameService).AddMeter(PenstockTelemetry.MeterName).AddOtlpExporter().Build();
        }
    }

    /// <returns>What is to be disposed at the end, which sends what is left; null where nothing is exported.</returns>
    public static OpenTelemetryExport? Start() => IsWanted("TRACES") || IsWanted("METRICS") ? new OpenTelemetryExport() : null;

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static bool IsWanted(string signal)
    {
        if (string.Equals(Variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)) return false;
        if (Variable($"OTEL_{signal}_EXPORTER") == "none") return false;
        return Variable("OTEL_EXPORTER_OTLP_ENDPOINT") is not null || Variable($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is not null;
    }

    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are read by the default resource; this is for those who set neither.
    private static void NameService(ResourceBuilder resource)
    {
        var isNamed = Variable("OTEL_SERVICE_NAME") is not null
            || Variable("OTEL_RESOURCE_ATTRIBUTES")?.Contains("service.name=", StringComparison.Ordinal) == true;
        if (isNamed) resource.AddAttributes([new("service.version", PenstockTelemetry.Version)]);
        else resource.AddService("penstock", serviceVersion: PenstockTelemetry.Version);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
