using System.Buffers;
using Microsoft.Net.Http.Headers;
using Penstock.Protocol;
using Penstock.Telemetry;

namespace Penstock.Endpoints;

/// <summary><c>GET /metrics</c>: Prometheus text for whom asks for text, a JSON object for people with curl.</summary>
internal sealed class MetricsEndpoint(GatewayMetrics metrics)
{
    private const string Text = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    public ValueTask<ApiError?> GetAsync(Exchange exchange)
    {
        var output = new ArrayBufferWriter<byte>(16 * 1024);
        exchange.Response.Headers.Vary = "Accept";
        switch (Wanted(exchange.Request.Headers.Accept))
        {
            case Text:
                MetricsReport.WritePrometheus(metrics, output, openMetrics: false);
                JsonResponses.Send(exchange, output.WrittenSpan, Text);
                break;
            case OpenMetrics:
                MetricsReport.WritePrometheus(metrics, output, openMetrics: true);
                JsonResponses.Send(exchange, output.WrittenSpan, OpenMetrics);
                break;
            default:
                MetricsReport.WriteJson(metrics, output);
                JsonResponses.Send(exchange, output.WrittenSpan);
                break;
        }

        return ValueTask.FromResult<ApiError?>(null);
    }

    // The best of the two by quality; "*/*", which curl sends, names neither.
    private static string? Wanted(IList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var types)) return null;
        var (wanted, best) = ((string?)null, 0.0);
        foreach (var type in types)
        {
            var format = type.MediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) ? OpenMetrics
                : type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase) ? Text
                : null;
            var quality = type.Quality ?? 1;
            if (format is not null && quality > best) (wanted, best) = (format, quality);
        }

        return wanted;
    }
}
