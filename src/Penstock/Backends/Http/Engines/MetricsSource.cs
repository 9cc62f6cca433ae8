using Penstock.Configuration;

namespace Penstock.Backends.Http.Engines;

/// <summary>A server that says everything in its metrics: vLLM, and SGLang where it was started with <c>--enable-metrics</c>.</summary>
internal sealed class MetricsSource(EngineKind kind) : IEngineSource
{
    public async ValueTask<EngineReport> ReadAsync(EnginePages pages, long readAt, CancellationToken cancellationToken)
    {
        var page = await pages.GetAsync("/metrics", cancellationToken);
        if (!page.IsOk) return new EngineReport(page.Outcome);
        var metrics = EngineMetrics.Read(page.Body.Span);
        return metrics.Kind == kind ? new EngineReport(EngineOutcome.Told, metrics.ToReading(readAt)) : new EngineReport(EngineOutcome.TellsNothing);
    }
}
