using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Penstock.Tests.Tools;

/// <summary>
/// An OpenTelemetry collector on 127.0.0.1: takes OTLP over HTTP (protobuf) at one port and over gRPC at another, and
/// keeps what it was sent.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Recorded<OtlpRequest> _requests = new();
    private readonly Recorded<OtlpSpan> _spans = new();
    private readonly Recorded<OtlpMetric> _metrics = new();
    private readonly Recorded<OtlpLog> _logs = new();
    private readonly Recorded<Exception> _errors = new();

    private OtlpReceiver()
    {
        // Empty: neither the environment's ASPNETCORE_URLS nor a settings file has a say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> with <c>OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</c>; no slash at the end.</summary>
    public string Url { get; private set; } = "";

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> with <c>OTEL_EXPORTER_OTLP_PROTOCOL=grpc</c>; no slash at the end.</summary>
    public string GrpcUrl { get; private set; } = "";

    /// <summary>What exports over HTTP are answered with; other than 200, their contents are not kept.</summary>
    public int Status { get; set; } = 200;

    public IReadOnlyList<OtlpRequest> Requests => _requests.Snapshot();

    public IReadOnlyList<OtlpSpan> Spans => _spans.Snapshot();

    /// <summary>Every export adds its own; the last of a name is the newest.</summary>
    public IReadOnlyList<OtlpMetric> Metrics => _metrics.Snapshot();

    public IReadOnlyList<OtlpLog> Logs => _logs.Snapshot();

    /// <summary>Requests that could not be read; they were answered with 400, 404 or 415.</summary>
    public IReadOnlyList<Exception> Errors => _errors.Snapshot();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        var addresses = ((IApplicationBuilder)receiver._app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        receiver.Url = addresses[0];
        receiver.GrpcUrl = addresses[1];
        return receiver;
    }

    public Task<OtlpRequest> WaitForRequestAsync(Func<OtlpRequest, bool> predicate, TimeSpan? timeout = null) =>
        _requests.FirstAsync(predicate, "such an export", timeout);

    public Task<OtlpSpan> WaitForSpanAsync(Func<OtlpSpan, bool> predicate, TimeSpan? timeout = null) =>
        _spans.FirstAsync(predicate, "such a span", timeout);

    /// <summary>Waits for an export of the metric that <paramref name="predicate"/> accepts (each has the values of its time).</summary>
    public Task<OtlpMetric> WaitForMetricAsync(
        string name, Func<OtlpMetric, bool>? predicate = null, TimeSpan? timeout = null) =>
        _metrics.FirstAsync(m => m.Name == name && (predicate is null || predicate(m)), $"such metric {name}", timeout);

    public Task<OtlpLog> WaitForLogAsync(Func<OtlpLog, bool> predicate, TimeSpan? timeout = null) =>
        _logs.FirstAsync(predicate, "such a log record", timeout);

    public async ValueTask DisposeAsync()
    {
        // No grace for exports in flight: the test is over.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return;
        }

        var headers = context.Request.Headers.ToDictionary(
            h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var path = context.Request.Path.Value ?? "";
        _requests.Add(new OtlpRequest(path, headers, (int)body.Length));

        var grpc = context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true;
        if (grpc)
            await AnswerGrpcAsync(context, path, body.ToArray());
        else
            await AnswerHttpAsync(context, path, body.ToArray());
    }

    private async Task AnswerHttpAsync(HttpContext context, string path, byte[] body)
    {
        var refused = context.Request.Method != "POST" ? 405
            : context.Request.ContentType != "application/x-protobuf" ? 415
            : Status != 200 ? Status
            : Keep(path, () => context.Request.Headers.ContentEncoding == "gzip" ? Unzip(body) : body);
        if (refused is 405 or 415)
            _errors.Add(new FormatException($"{context.Request.Method} {path} as {context.Request.ContentType}"));
        context.Response.StatusCode = refused;
        // An empty message says that all was taken.
        context.Response.ContentType = "application/x-protobuf";
        await context.Response.CompleteAsync();
    }

    private async Task AnswerGrpcAsync(HttpContext context, string path, byte[] body)
    {
        var signal = path switch
        {
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => "/v1/traces",
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => "/v1/metrics",
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => "/v1/logs",
            _ => path,
        };
        var status = Keep(signal, () => Unframe(body));
        context.Response.ContentType = "application/grpc";
        if (status == 200)
            await context.Response.Body.WriteAsync(new byte[5]);
        else
            await context.Response.StartAsync();
        // 0 is OK, 3 an invalid argument, 12 unimplemented.
        context.Response.AppendTrailer("grpc-status", status switch { 200 => "0", 404 => "12", _ => "3" });
        await context.Response.CompleteAsync();
    }

    private int Keep(string path, Func<byte[]> message)
    {
        try
        {
            switch (path)
            {
                case "/v1/traces":
                    foreach (var span in OtlpDecoder.Traces(message()))
                        _spans.Add(span);
                    return 200;
                case "/v1/metrics":
                    foreach (var metric in OtlpDecoder.Metrics(message()))
                        _metrics.Add(metric);
                    return 200;
                case "/v1/logs":
                    foreach (var log in OtlpDecoder.Logs(message()))
                        _logs.Add(log);
                    return 200;
                default:
                    throw new FormatException($"Nothing is exported to {path}.");
            }
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            _errors.Add(e);
            return path is "/v1/traces" or "/v1/metrics" or "/v1/logs" ? 400 : 404;
        }
    }

    /// <summary>A gRPC message: a byte that says whether it is compressed, four that say how long it is.</summary>
    private static byte[] Unframe(byte[] body)
    {
        if (body.Length < 5 || BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)) != body.Length - 5)
            throw new FormatException("Not one gRPC message.");
        return body[0] == 0 ? body[5..] : Unzip(body[5..]);
    }

    private static byte[] Unzip(byte[] compressed)
    {
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress))
            gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
