using System.Text;
using System.Text.Json;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary>
/// A gateway whose every secret is easy to find, everything that can go wrong with it, and all that comes out of it:
/// no secret is in there.
/// </summary>
public sealed class SecretsTests : IAsyncLifetime
{
    private const string Mark = "S3CRET";

    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();
    private readonly StringBuilder _seen = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _upstream.DisposeAsync().AsTask();

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Secrets_WhateverGoesWrong_AreInNothingThatComesOut(string format)
    {
        await using var otlp = await OtlpReceiver.StartAsync();
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(
            Yaml(format),
            ("API_KEY", $"{Mark}-caller"), ("ADMIN_KEY", $"{Mark}-admin"), ("REMOTE_KEY", $"{Mark}-backend"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "100")));

        foreach (var script in (Func<ScriptedExchange, Task>[])
        [
            Scripts.Chat("hello"), Scripts.Error(500), Scripts.ResetBeforeHeaders(), Scripts.Html(), Scripts.JsonErrorWith200(), EchoingTheKey(401), EchoingTheKey(403), EchoingTheKey(500),
            Scripts.ResetAfter(1, "one two three"), Scripts.EndAfter(1, "one two three"), Scripts.UntilClose("text/plain", "?"),
        ])
        {
            _upstream.Script = script;
            await AskAsync(gateway, $"{Mark}-caller");
        }

        await _upstream.DisposeAsync();
        await AskAsync(gateway, $"{Mark}-caller");
        await AskAsync(gateway, $"{Mark}-guess");
        foreach (var broken in (string[])
        [
            "server:\n  api_kye: S3CRET-typo", "server:\n  api_key: [S3CRET-list]",
            "backends: [{ name: a, url: 'http://user:S3CRET-password@host' }]", "backends: [{ name: a, url: 'ftp://user:S3CRET-password@host' }]",
            "backends: [{ name: a, url: 'user:S3CRET-password@host' }]", "backends: [{ name: a, url: 'http://host/?key=S3CRET-query' }]",
            "backends: [{ name: a, url: 'http://host', api_key: 'S3CRET with spaces' }]", "backends: [{ name: a, url: 'http://host', headers: { X: \"S3CRET\\nline\" } }]",
            "server: { tls: { certificate: nowhere.pem, key: nowhere.key }, api_key: 'S3CRET-unfinished",
        ])
        {
            var count = ReloadsRefused(gateway) + 1;
            await gateway.WriteFileAsync("config.yaml", broken);
            await Patience.UntilAsync(() => ReloadsRefused(gateway) >= count, $"a refusal of: {broken}");
        }

        await Patience.UntilAsync(() => otlp.Spans.Count > 0, "spans have been exported");
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        _seen.Append(JsonSerializer.Serialize(otlp.Spans));
        _seen.Append(gateway.Output).Append(gateway.Errors);

        Assert.Contains("upstream_credentials", _seen.ToString(), StringComparison.Ordinal);
        Assert.Contains("invalid_api_key", _seen.ToString(), StringComparison.Ordinal);
        Assert.Contains("no_healthy_backend", _seen.ToString(), StringComparison.Ordinal);
        foreach (var line in _seen.ToString().Split('\n')) Assert.DoesNotContain(Mark, line, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Check_ValidOrNot_PrintsNoSecret()
    {
        foreach (var yaml in (string[])[Yaml("text"), Yaml("text") + "\nserver_typo: 1"])
        {
            var ended = await GatewayProcess.RunAsync(GatewayStart.Command("check") with
            {
                Files = new Dictionary<string, string> { ["config.yaml"] = yaml },
                Variables = new Dictionary<string, string> { ["API_KEY"] = $"{Mark}-caller", ["ADMIN_KEY"] = $"{Mark}-admin", ["REMOTE_KEY"] = $"{Mark}-backend" },
            });

            Assert.DoesNotContain(Mark, ended.Output + ended.Errors, StringComparison.OrdinalIgnoreCase);
        }
    }

    // Whoever adds a key to the configuration that is a secret has to say here that it is none, or print it masked.
    [Fact]
    public void Configuration_Printed_HasNoValueOfASecretKey()
    {
        var printed = ConfigPrinter.Print(new GatewayConfig
        {
            Server = new ServerConfig
            {
                ApiKey = Mark,
                AdminKey = Mark,
                Tls = new TlsConfig { Certificate = "/cert.pem", Key = "/key.pem" },
            },
            Backends = [new BackendConfig { Name = "a", Type = "http", Url = new Uri("http://a"), ApiKey = Mark, Headers = new Dictionary<string, string> { ["X"] = Mark } }],
        });

        Assert.DoesNotContain(Mark, printed, StringComparison.Ordinal);
    }

    private string Yaml(string format) => $$"""
        log: { level: trace, format: {{format}} }
        default_backend: remote
        retry: { attempts: 1 }
        backends:
          - name: remote
            url: {{_upstream.Url}}
            api_key: ${REMOTE_KEY}
            headers: { X-Secret: S3CRET-header, X-Api-Key: S3CRET-other }
            health: { interval: 0.1 }
            breaker: { failures: 1000 }
        """;

    // Servers do that: "Incorrect API key provided: sk-...".
    private static Func<ScriptedExchange, Task> EchoingTheKey(int status) => exchange => exchange.JsonAsync(
        status, ChatJson.Error($"Incorrect API key provided: {exchange.Request.Header("Authorization")}", "invalid_request_error", "invalid_api_key"));

    private async Task AskAsync(GatewayProcess gateway, string key)
    {
        foreach (var (method, path, body) in ((string, string, string?)[])
        [
            ("POST", "/v1/chat/completions", TestGateway.Chat("hello")), ("POST", "/v1/chat/completions", TestGateway.Chat("hello", ",\"stream\":true")),
            ("POST", "/v1/chat/completions", "{"), ("POST", "/v1/embeddings", """{"model":"m","input":"x"}"""), ("POST", "/v1/audio/speech", """{"model":"m","input":"x"}"""),
            ("DELETE", "/v1/models", null), ("GET", "/v1/models", null), ("GET", "/nowhere", null), ("GET", "/admin/backends", null), ("POST", "/admin/backends/nobody/drain", null),
            ("GET", "/healthz", null), ("GET", "/readyz", null), ("GET", "/metrics", null),
        ])
        {
            foreach (var credential in path.StartsWith("/admin", StringComparison.Ordinal) ? [key, $"{Mark}-admin"] : (string[])[key])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {credential}");
                request.Headers.TryAddWithoutValidation("Cookie", $"session={Mark}-cookie");
                request.Headers.TryAddWithoutValidation("X-Own", $"{Mark}-callers-header");
                if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                try
                {
                    using var response = await gateway.Client.SendAsync(request);
                    _seen.Append(response).Append('\n').Append(await response.Content.ReadAsStringAsync()).Append('\n');
                }
                catch (HttpRequestException)
                {
                    // An answer that broke off, as its backend did.
                }
            }
        }
    }

    private static int ReloadsRefused(GatewayProcess gateway) => gateway.Lines.Count(line => line.Contains("the old one stays in force", StringComparison.Ordinal));
}
