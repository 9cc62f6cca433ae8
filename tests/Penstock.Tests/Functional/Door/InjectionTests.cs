using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Penstock.Tests.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary>What a caller writes into ids, models and paths becomes neither a line of the log, nor a header, nor a label.</summary>
public sealed partial class InjectionTests : UpstreamTest
{
    private const string Forged = "FORGED";

    /// <summary>Names that would be something else where they are not escaped.</summary>
    private static readonly string[] Evil =
    [
        $"m\r\n{Forged} level=error", $"m\n{{\"level\":\"error\",\"event\":\"{Forged}\"}}", $"m\r{Forged}", $"m\" status=200 {Forged}=\"x", $"m\",\"{Forged}\":\"x",
        $"\u001b[2J\u001b[31m{Forged}", $"m\\\" {Forged}=1", $"m\0{Forged}", $"m\u0085{Forged}", $"m\u2028{Forged}", $"m\u007f{Forged}", $"{{{Forged}=\"1\"}} 1", new string('m', 100_000),
    ];

    [Theory]
    [InlineData("text", true)]
    [InlineData("text", false)]
    [InlineData("json", true)]
    [InlineData("json", false)]
    public async Task Model_Evil_StaysInItsField(string format, bool isForwarded)
    {
        await using var gateway = await StartAsync(format, isForwarded ? "default_backend: remote" : "");
        for (var i = 0; i < Evil.Length; i++)
        {
            using var response = await gateway.PostAsync(
                "/v1/chat/completions", $$"""{"model":{{JsonSerializer.Serialize(Evil[i])}},"messages":[{"role":"user","content":"x"}]}""", ("X-Request-ID", $"r-{i}"));

            var body = await response.JsonAsync(isForwarded ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            if (!isForwarded) Assert.Contains(Evil[i], body.GetProperty("error").Text("message"), StringComparison.Ordinal);
            Assert.DoesNotContain(response.Headers, h => h.Key.Contains(Forged, StringComparison.Ordinal));
        }

        await AssertLogAsync(gateway, format, Evil.Length);
        await AssertMetricsAsync(gateway);
        Assert.DoesNotContain(Upstream.Requests, r => r.Head.Contains(Forged, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Path_Evil_StaysInItsField(string format)
    {
        await using var gateway = await StartAsync(format, "");
        foreach (var evil in Evil[..^1])
        {
            using var response = await gateway.Client.GetAsync("/v1/models/" + Uri.EscapeDataString(evil));
            using var elsewhere = await gateway.Client.GetAsync("/" + Uri.EscapeDataString(evil));

            // "\0" is refused before it is a path.
            Assert.Contains(response.StatusCode, (HttpStatusCode[])[HttpStatusCode.NotFound, HttpStatusCode.BadRequest]);
            Assert.Contains(elsewhere.StatusCode, (HttpStatusCode[])[HttpStatusCode.NotFound, HttpStatusCode.BadRequest]);
        }

        await AssertLogAsync(gateway, format, 2);
        await AssertMetricsAsync(gateway);
    }

    // What is visible ASCII is kept, quotes and all; everything else is no id.
    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task RequestId_Evil_IsReplacedOrEscaped(string format)
    {
        await using var gateway = await StartAsync(format, "default_backend: remote");
        string[] ids = [$"a\"{Forged}=\"1", $"a={Forged}", $"a\\{Forged}", "a\u001b[31m" + Forged, "a b", "é", "a\tb", "a\u007f", new('x', 129), $"a,{{{Forged}}}"];
        foreach (var id in ids)
        {
            var json = TestGateway.Chat("x");
            var answer = await RawHttp.SendAsync(gateway.Url,
                $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nX-Request-ID: {id}\r\nContent-Length: {json.Length}\r\n\r\n{json}");

            if (answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal)) continue;
            var answered = RawHttp.Header(answer, "X-Request-ID")!;
            Assert.Matches("^[!-~]{1,128}$", answered);
            if (!VisibleId().IsMatch(id)) Assert.True(Guid.TryParse(answered, out _), answered);
            else Assert.Equal(id, answered);
            Assert.Equal(answered, Upstream.Requests[^1].Header("X-Request-ID"));
            Assert.DoesNotContain(RawHttp.Head(answer).Split("\r\n"), line => line.StartsWith(Forged, StringComparison.Ordinal));
        }

        Assert.True(Upstream.Requests.Count >= 5);
        await AssertLogAsync(gateway, format, Upstream.Requests.Count);
    }

    // A line end in a header ends it: what follows is the caller's own next header, and no part of the id.
    [Fact]
    public async Task RequestId_WithALineEnd_IsTwoHeadersOfTheRequestAndNoneOfTheAnswer()
    {
        await using var gateway = await StartAsync("text", "default_backend: remote");

        var answer = await RawHttp.SendAsync(gateway.Url, $"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-ID: a\r\n{Forged}: 1\r\n\r\n");

        Assert.Equal("a", RawHttp.Header(answer, "X-Request-ID"));
        Assert.Null(RawHttp.Header(answer, Forged));
    }

    private Task<TestGateway> StartAsync(string format, string root) => TestGateway.StartAsync(
        $"log: {{ format: {format} }}\n{root}\nbackends: [{{ name: remote, url: '{Upstream.Url}', health: off }}]");

    // Each line is one that the gateway began, whole, and without what a terminal would obey.
    private static async Task AssertLogAsync(TestGateway gateway, string format, int atLeast)
    {
        await Patience.UntilAsync(() => gateway.Log.Split('\n').Count(l => l.Contains("access", StringComparison.Ordinal)) >= atLeast, "all calls are logged");
        foreach (var line in gateway.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.DoesNotContain(line, c => char.IsControl(c) || c == '\u2028');
            if (format == "json")
            {
                var fields = AnswerAssertions.Parse(line).EnumerateObject().Select(p => p.Name).ToArray();
                Assert.DoesNotContain(Forged, fields);
                Assert.Equal(fields.Distinct(), fields);
                continue;
            }

            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warning) ", line);
            if (!line.Contains(" access ", StringComparison.Ordinal)) continue;
            var keys = TextLine.Pairs(line).Select(p => p.Key).ToArray();
            Assert.DoesNotContain(Forged, keys);
            Assert.Equal(keys.Distinct(), keys);
        }
    }

    private static async Task AssertMetricsAsync(TestGateway gateway)
    {
        foreach (var accept in (string[])["text/plain", "application/json"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            request.Headers.Add("Accept", accept);
            using var response = await gateway.Client.SendAsync(request);
            Assert.DoesNotContain(Forged, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("^[!-~]{1,128}$")]
    private static partial Regex VisibleId();
}
