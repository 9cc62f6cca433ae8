using System.Net;
using System.Text;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>Traces and metrics as a collector receives them from the executable.</summary>
public sealed class OtlpTests : IAsyncLifetime
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = "b7ad6b7169203331";
    private const string TraceParent = $"00-{Trace}-{Parent}-01";

    private OtlpReceiver? _collector;
    private ScriptedUpstream? _upstream;

    private OtlpReceiver Collector => _collector!;

    private ScriptedUpstream Upstream => _upstream!;

    public async Task InitializeAsync()
    {
        _collector = await OtlpReceiver.StartAsync();
        _upstream = ScriptedUpstream.Start(Scripts.Chat("one two three four"));
    }

    public async Task DisposeAsync()
    {
        await Upstream.DisposeAsync();
        await Collector.DisposeAsync();
    }

    [Fact]
    public async Task Traces_Chat_HasAServerSpanAndAClientSpanBelowTheCallers()
    {
        await using var gateway = await ServeAsync();

        using var answer = await PostAsync(gateway, """{"model":"small","messages":[{"role":"user","content":"x"}]}""");
        var server = await Collector.WaitForSpanAsync(s => s.Kind == "server");
        var client = await Collector.WaitForSpanAsync(s => s.Kind == "client");
        var sent = await Upstream.WaitForRequestAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("POST /v1/chat/completions", server.Name);
        Assert.Equal((Trace, Parent), (server.TraceId, server.ParentSpanId));
        Assert.Equal((Trace, server.SpanId), (client.TraceId, client.ParentSpanId));
        Assert.Equal("chat llama-3-8b", client.Name);
        Assert.True(server.Start <= client.Start && client.End <= server.End);
        Assert.Equal(("unset", "unset"), (server.Status, client.Status));
        Assert.Equal($"00-{Trace}-{client.SpanId}-01", sent.Header("traceparent"));
        Assert.Equal("vendor=1", sent.Header("tracestate"));
        Assert.True(server.Attributes.Has(
            ("http.request.method", "POST"), ("http.route", "/v1/chat/completions"), ("url.path", "/v1/chat/completions"), ("url.scheme", "http"),
            ("http.response.status_code", 200), ("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "openai"), ("gen_ai.request.model", "small"),
            ("gen_ai.usage.input_tokens", 5), ("gen_ai.usage.output_tokens", 4),
            ("penstock.request_id", answer.Headers.GetValues("X-Request-ID").Single()), ("penstock.backend", "remote")), server.Attributes.ToString());
        Assert.True(client.Attributes.Has(
            ("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "openai"), ("gen_ai.request.model", "llama-3-8b"),
            ("gen_ai.usage.input_tokens", 5), ("gen_ai.usage.output_tokens", 4), ("server.address", "127.0.0.1"), ("server.port", Upstream.Port),
            ("http.response.status_code", 200), ("penstock.backend", "remote"), ("penstock.attempt", 1)), client.Attributes.ToString());
        Assert.Equal("penstock", server.Resource["service.name"]);
        Assert.Empty(Collector.Errors);
    }

    [Fact]
    public async Task Traces_SecondAttempt_HasASpanOfItsOwn()
    {
        Upstream.Enqueue(Scripts.Error(400, "what is stream_options?"));
        await using var gateway = await ServeAsync();

        using var answer = await PostAsync(gateway, """{"stream":true,"messages":[{"role":"user","content":"x"}]}""");
        var server = await Collector.WaitForSpanAsync(s => s.Kind == "server");
        var first = await Collector.WaitForSpanAsync(s => s.Attributes.Has(("penstock.attempt", 1)));
        var second = await Collector.WaitForSpanAsync(s => s.Attributes.Has(("penstock.attempt", 2)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((server.SpanId, server.SpanId), (first.ParentSpanId, second.ParentSpanId));
        Assert.Equal(("error", "unset", "unset"), (first.Status, second.Status, server.Status));
        Assert.True(first.Attributes.Has(("http.response.status_code", 400), ("error.type", "400")), first.Attributes.ToString());
        Assert.Equal($"00-{Trace}-{second.SpanId}-01", (await Upstream.WaitForRequestAsync(2)).Header("traceparent"));
    }

    [Theory]
    [InlineData(500, "error", "upstream_error")]
    [InlineData(429, "unset", null)]
    public async Task Traces_UpstreamFails_OnlyWhatIsOursIsOurError(int status, string serverStatus, string? serverError)
    {
        Upstream.Script = Scripts.Error(status);
        await using var gateway = await ServeAsync();

        using var answer = await PostAsync(gateway, """{"messages":[{"role":"user","content":"x"}]}""");
        var server = await Collector.WaitForSpanAsync(s => s.Kind == "server");
        var client = await Collector.WaitForSpanAsync(s => s.Kind == "client");

        Assert.Equal(serverStatus, server.Status);
        Assert.Equal(serverError, server.Attributes["error.type"]);
        Assert.Equal("error", client.Status);
        Assert.NotNull(client.Attributes["error.type"]);
    }

    [Fact]
    public async Task Traces_CallerDoesNotSample_NothingIsSentAndTheHeaderGoesOn()
    {
        await using var gateway = await ServeAsync();

        using var unsampled = await PostAsync(gateway, """{"messages":[{"role":"user","content":"x"}]}""", TraceParent[..^1] + "0");
        using var sampled = await PostAsync(gateway, """{"messages":[{"role":"user","content":"x"}]}""");
        await Collector.WaitForSpanAsync(s => s.Kind == "server");
        gateway.Terminate();
        await gateway.WaitForExitAsync();

        Assert.Equal(TraceParent[..^1] + "0", (await Upstream.WaitForRequestAsync()).Header("traceparent"));
        Assert.Equal(2, Collector.Spans.Count);
    }

    [UnixFact]
    public async Task Export_ServiceIsNamed_ResourceSaysSoAndTheLastIsSentAtTheEnd()
    {
        await using var gateway = await ServeAsync(
            ("OTEL_SERVICE_NAME", "edge"), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,team=search"),
            ("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"));

        using var answer = await PostAsync(gateway, """{"messages":[{"role":"user","content":"x"}]}""");
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        var span = await Collector.WaitForSpanAsync(s => s.Kind == "server");
        var metric = await Collector.WaitForMetricAsync("gen_ai.server.request.duration");

        foreach (var resource in (OtlpAttributes[])[span.Resource, metric.Resource])
        {
            Assert.True(resource.Has(("service.name", "edge"), ("deployment.environment.name", "test"), ("team", "search")), resource.ToString());
            Assert.NotNull(resource["service.version"]);
        }
    }

    [Fact]
    public async Task Metrics_StreamedChat_ArriveByTheConventions()
    {
        await using var gateway = await ServeAsync();

        using var answer = await PostAsync(gateway, """{"model":"small","stream":true,"messages":[{"role":"user","content":"x"}]}""");
        await answer.Content.ReadAsStringAsync();
        var duration = await HistogramAsync("gen_ai.server.request.duration", "s");
        var first = await HistogramAsync("gen_ai.server.time_to_first_token", "s");
        var perToken = await HistogramAsync("gen_ai.server.time_per_output_token", "s");
        var tokens = await HistogramAsync("gen_ai.client.token.usage", "{token}", points: 2);
        var overhead = await HistogramAsync("penstock.overhead", "s");

        foreach (var metric in (OtlpMetric[])[duration, first, perToken, tokens, overhead])
        {
            Assert.Equal("Penstock", metric.Scope);
            Assert.All(metric.Points, p => Assert.True(p.Attributes.Has(
                ("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "openai"), ("gen_ai.request.model", "small"), ("penstock.backend", "remote")),
                $"{metric.Name} {p.Attributes}"));
        }

        Assert.True(duration.Points.Single().Attributes.Has(("http.response.status_code", 200)));
        Assert.False(duration.Points.Single().Attributes.Has("error.type"));
        Assert.Equal(0.001, duration.Points.Single().Bounds[0]);
        Assert.Equal(1, tokens.Points[0].Bounds[0]);
        Assert.Equal(5, tokens.Points.Single(p => p.Attributes.Has(("gen_ai.token.type", "input"))).Sum);
        Assert.Equal(4, tokens.Points.Single(p => p.Attributes.Has(("gen_ai.token.type", "output"))).Sum);
        Assert.Empty(Collector.Errors);
    }

    [Fact]
    public async Task Metrics_UnknownModelAndRefusal_AreBoundedAndTyped()
    {
        await using var gateway = await ServeAsync(("API_KEY", "key"));

        using var refused = await PostAsync(gateway, """{"model":"whatever-1","messages":[]}""");
        var metric = await Collector.WaitForMetricAsync("gen_ai.server.request.duration", m => m.Points.All(p => p.Count == 1));
        var point = metric.Points.Single();

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.True(point.Attributes.Has(("error.type", "invalid_api_key"), ("http.response.status_code", 401)), point.Attributes.ToString());
        Assert.False(point.Attributes.Has("gen_ai.request.model"));
        Assert.False(point.Attributes.Has("penstock.backend"));
    }

    [Fact]
    public async Task Export_NoEndpoint_NothingIsSentAndTheHeaderGoesOnUnchanged()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(
            variables: [("BACKEND_URL", Upstream.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]));

        using var answer = await PostAsync(gateway, """{"messages":[{"role":"user","content":"x"}]}""");
        var sent = await Upstream.WaitForRequestAsync();

        Assert.Equal(TraceParent, sent.Header("traceparent"));
        Assert.Equal("vendor=1", sent.Header("tracestate"));
        Assert.Empty(Collector.Requests);
    }

    [UnixFact]
    public async Task Export_CollectorIsGone_GatewayWorksAndEnds()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(
            variables: [("BACKEND_URL", Upstream.Url), ("OTEL_EXPORTER_OTLP_ENDPOINT", ScriptedUpstream.RefusingUrl()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]));

        using var answer = await PostAsync(gateway, """{"messages":[{"role":"user","content":"x"}]}""");
        gateway.Terminate();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    // An export may come between one value and the next.
    private async Task<OtlpMetric> HistogramAsync(string name, string unit, int points = 1)
    {
        var metric = await Collector.WaitForMetricAsync(name, m => m.Points.Count == points && m.Points.All(p => p.Count == 1));
        Assert.Equal(("histogram", unit), (metric.Type, metric.Unit));
        return metric;
    }

    private Task<GatewayProcess> ServeAsync(params (string Name, string Value)[] more)
    {
        var yaml = $"""
            default_backend: remote
            backends:
              - name: remote
                url: {Upstream.Url}
                model: llama-3-8b
                models: [small]
            """;
        var variables = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Url,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
        };
        foreach (var (name, value) in more) variables[name] = value;
        return GatewayProcess.ServeAsync(GatewayStart.Serving(yaml) with { Variables = variables });
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayProcess gateway, string body, string traceParent = TraceParent)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("traceparent", traceParent);
        request.Headers.Add("tracestate", "vendor=1");
        return gateway.Client.SendAsync(request);
    }
}
