using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.ToolsTests;

public sealed class OtlpReceiverTests
{
    private static readonly string[] Listed = ["a", "b"];

    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public async Task Spans_OfTheRealExporter_ComeWhole(OtlpExportProtocol protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var name = $"otlp-receiver-tests-{protocol}";
        using var source = new ActivitySource(name);
        ActivityTraceId trace;
        using (Sdk.CreateTracerProviderBuilder()
            .AddSource(name)
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("tested", serviceInstanceId: "one"))
            .AddOtlpExporter(o => Configure(o, receiver, protocol, "/v1/traces"))
            .Build())
        {
            using var parent = source.StartActivity("outer", ActivityKind.Server)!;
            trace = parent.TraceId;
            using var child = source.StartActivity("inner", ActivityKind.Client)!;
            child.SetTag("text", "ä").SetTag("whole", 42).SetTag("negative", -1L).SetTag("half", 0.5).SetTag("yes", true);
            child.SetTag("list", Listed);
            child.AddEvent(new ActivityEvent("happened", tags: new() { ["why"] = "because" }));
            child.SetStatus(ActivityStatusCode.Error, "broken");
        }

        var inner = await receiver.WaitForSpanAsync(s => s.Name == "inner");
        var outer = await receiver.WaitForSpanAsync(s => s.Name == "outer");
        Assert.Equal(("client", "server"), (inner.Kind, outer.Kind));
        Assert.Equal(trace.ToHexString(), inner.TraceId);
        Assert.Equal(outer.SpanId, inner.ParentSpanId);
        Assert.Null(outer.ParentSpanId);
        Assert.Equal(("error", "broken"), (inner.Status, inner.StatusMessage));
        Assert.Equal("unset", outer.Status);
        Assert.True(inner.Attributes.Has(
            ("text", "ä"), ("whole", 42), ("negative", -1), ("half", 0.5), ("yes", true)), inner.Attributes.ToString());
        Assert.Equal(Listed, Assert.IsType<List<object?>>(inner.Attributes["list"]));
        Assert.False(inner.Attributes.Has(("text", "a")) || inner.Attributes.Has("absent"));
        Assert.True(Assert.Single(inner.Events).Attributes.Has(("why", "because")));
        Assert.True(outer.Resource.Has(("service.name", "tested"), ("service.instance.id", "one")));
        Assert.Equal(name, outer.Scope);
        Assert.True(outer.Start > 0 && outer.End >= outer.Start);
        Assert.Equal("let me in", receiver.Requests[0].Headers["x-key"]);
        Assert.Empty(receiver.Errors);
    }

    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public async Task Metrics_OfTheRealExporter_ComeWhole(OtlpExportProtocol protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var name = $"otlp-receiver-tests-{protocol}";
        using var meter = new Meter(name);
        using (Sdk.CreateMeterProviderBuilder()
            .AddMeter(name)
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("tested"))
            .AddOtlpExporter(o => Configure(o, receiver, protocol, "/v1/metrics"))
            .Build())
        {
            meter.CreateCounter<long>("count", "{thing}", "How many.").Add(3, new KeyValuePair<string, object?>("kind", "a"));
            meter.CreateUpDownCounter<long>("level").Add(-2);
            meter.CreateObservableGauge("heat", () => 1.5);
            var histogram = meter.CreateHistogram<double>("time", "s");
            histogram.Record(3);
            histogram.Record(70);
        }

        var count = await receiver.WaitForMetricAsync("count");
        Assert.Equal(("sum", "{thing}", "How many.", true), (count.Type, count.Unit, count.Description, count.IsMonotonic));
        Assert.Equal(3, Assert.Single(count.Points).Value);
        Assert.True(count.Points[0].Attributes.Has(("kind", "a")));
        Assert.Equal(("cumulative", name), (count.Temporality, count.Scope));
        Assert.True(count.Resource.Has(("service.name", "tested")));

        var level = await receiver.WaitForMetricAsync("level", m => m.Points[0].Value == -2);
        Assert.False(level.IsMonotonic);
        var heat = await receiver.WaitForMetricAsync("heat");
        Assert.Equal(("gauge", 1.5), (heat.Type, heat.Points[0].Value));

        var time = await receiver.WaitForMetricAsync("time");
        var point = Assert.Single(time.Points);
        Assert.Equal(("histogram", "s"), (time.Type, time.Unit));
        Assert.Equal((2UL, 73.0), (point.Count, point.Sum));
        Assert.Equal(point.Bounds.Count + 1, point.BucketCounts.Count);
        Assert.Equal(2UL, point.BucketCounts.Aggregate((a, b) => a + b));
        Assert.Empty(receiver.Errors);
    }

    [Fact]
    public async Task Logs_AreRead_CompressedToo()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        // resource_logs { scope_logs { log_records { severity_number: 9 severity_text: "Information" body { "hi" } } } }
        byte[] record = [0x10, 9, 0x1A, 11, .. "Information"u8, 0x2A, 4, 0x0A, 2, .. "hi"u8];
        byte[] scope = [0x12, (byte)record.Length, .. record];
        byte[] resource = [0x12, (byte)scope.Length, .. scope];
        byte[] message = [0x0A, (byte)resource.Length, .. resource];
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(message);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(receiver.Url + "/v1/logs", compressed.ToArray(), gzip: true));
        var log = await receiver.WaitForLogAsync(l => l.Severity == "Information");
        Assert.Equal((9, "hi"), (log.SeverityNumber, log.Body));
    }

    [Theory]
    [InlineData("/v1/traces", "0AFF", 400)] // a message that ends early
    [InlineData("/v1/traces", "08", 400)] // a varint without a byte
    [InlineData("/v1/traces", "0801", 400)] // a number where a message belongs
    [InlineData("/v1/metrics", "02", 400)] // field 0
    [InlineData("/v1/metrics", "0B", 400)] // a group
    [InlineData("/v1/logs", "18FFFFFFFFFFFFFFFFFFFF01", 400)] // a varint of 65 bits
    [InlineData("/v1/logs", "1801", 200)] // an unknown field
    [InlineData("/v1/nothing", "", 404)]
    public async Task Message_Malformed_IsRefused(string path, string hex, int status)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        Assert.Equal((HttpStatusCode)status, await PostAsync(receiver.Url + path, Convert.FromHexString(hex)));
        Assert.Equal(status == 200 ? 0 : 1, receiver.Errors.Count);
    }

    [Fact]
    public async Task Request_OfAnotherType_IsRefused()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        Assert.Equal(
            HttpStatusCode.UnsupportedMediaType,
            await PostAsync(receiver.Url + "/v1/traces", Encoding.UTF8.GetBytes("{}"), type: "application/json"));
        Assert.Single(receiver.Errors);
    }

    [Fact]
    public async Task Status_OtherThan200_KeepsNothing()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Status = 503;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PostAsync(receiver.Url + "/v1/traces", []));
        Assert.Equal("/v1/traces", Assert.Single(receiver.Requests).Path);
        await Assert.ThrowsAsync<TimeoutException>(
            () => receiver.WaitForSpanAsync(_ => true, TimeSpan.FromMilliseconds(20)));
    }

    private static void Configure(
        OtlpExporterOptions options, OtlpReceiver receiver, OtlpExportProtocol protocol, string path)
    {
        options.Protocol = protocol;
        options.Endpoint = new Uri(protocol == OtlpExportProtocol.Grpc ? receiver.GrpcUrl : receiver.Url + path);
        options.Headers = "x-key=let me in";
        options.TimeoutMilliseconds = (int)Patience.Default.TotalMilliseconds;
    }

    private static async Task<HttpStatusCode> PostAsync(
        string url, byte[] body, bool gzip = false, string type = "application/x-protobuf")
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (gzip)
            content.Headers.ContentEncoding.Add("gzip");
        using var answer = await client.PostAsync(new Uri(url), content);
        return answer.StatusCode;
    }
}
