using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What passes through is not touched: the bytes of a request reach the backend as they came.</summary>
public sealed class ForwardedBodyTests : UpstreamTest
{
    // White space of every kind, keys twice, numbers that no double holds, escapes that need not be, an unknown order.
    private const string Odd =
        " \t\r\n{ \"zeta\" :\r\n1e400,\t\"zeta\":-0.0 ,\"big\":123456789012345678901234567890,\"small\":1.50e-07," +
        "\"messages\":[ {\"content\":\"h\\u00e9 \\ud83d\\ude00 \\/ é 😀\",\"role\":\"user\",\"x\":{\"x\":1,\"x\":[ ]}} ] ," +
        "\"model\" : \"m\",\"temperature\":1.0e0,\"nothing\":null,\"\":\"\",\"a\\u0062c\":true}\n ";

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/rerank")]
    [InlineData("/v1/moderations")]
    [InlineData("/v1/images/generations")]
    [InlineData("/v1/audio/speech")]
    public async Task Body_Odd_ReachesUpstreamByteForByte(string path)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        using var response = await gateway.PostAsync(path, Odd);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var request = await Upstream.WaitForRequestAsync();
        Assert.Equal(Odd, request.BodyText);
        Assert.Equal(path, request.Target);
        Assert.Equal("POST", request.Method);
    }

    [Fact]
    public async Task Body_WithRenamedModel_ChangesInThatTokenOnly()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "    model: 'the \"real\" ü'");

        using var response = await gateway.PostAsync("/v1/chat/completions", Odd);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = (await Upstream.WaitForRequestAsync()).BodyText;
        Assert.Equal(Odd.Replace("\"model\" : \"m\"", "\"model\" : \"the \\\"real\\\" ü\"", StringComparison.Ordinal), sent);
    }

    [Fact]
    public async Task Body_WithRenamedModelAndInjectedUsage_KeepsEveryOtherByte()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), "    model: real");
        var body = Odd.Replace("\"nothing\"", "\"stream\":true,\"nothing\"", StringComparison.Ordinal);

        using var response = await gateway.PostAsync("/v1/chat/completions", body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = (await Upstream.WaitForRequestAsync()).BodyText;
        var expected = body.Replace("\"model\" : \"m\"", "\"model\" : \"real\"", StringComparison.Ordinal)
            .Replace("true}\n ", "true,\"stream_options\":{\"include_usage\":true}}\n ", StringComparison.Ordinal);
        Assert.Equal(expected, sent);
    }

    [Fact]
    public async Task Body_WithEscapedModelKeyAndValue_IsRoutedAndRenamed()
    {
        await using var gateway = await TestGateway.StartAsync($"""
            backends:
              - name: remote
                url: {Upstream.Url}
                models: [my-model]
                model: real
            """);

        using var response = await gateway.PostAsync(
            "/v1/chat/completions", """{"m\u006fdel":"my\u002dmodel","messages":[{"role":"user","content":"x"}]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            """{"m\u006fdel":"real","messages":[{"role":"user","content":"x"}]}""",
            (await Upstream.WaitForRequestAsync()).BodyText);
    }

    [Theory]
    [InlineData("", """{"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("    model: real", """{"model":"real","messages":[{"role":"user","content":"x"}]}""")]
    public async Task Body_WithoutModel_GetsOneOnlyWhereTheBackendNamesIt(string backend, string expected)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url), backend);

        using var response = await gateway.PostAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"x"}]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, (await Upstream.WaitForRequestAsync()).BodyText);
    }

    [Fact]
    public async Task Body_SentChunked_ReachesUpstreamWhole()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        // Larger than any one buffer on the way, so that it is really read and written in pieces.
        var body = TestGateway.Chat(new string('x', 3 * 1024 * 1024));
        using var content = new PushStreamContent(Encoding.UTF8.GetBytes(body));

        using var response = await gateway.Client.PostAsync("/v1/chat/completions", content);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, (await Upstream.WaitForRequestAsync()).BodyText);
    }

    [Fact]
    public async Task ContentType_WithParameters_ReachesUpstreamAsItCame()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        using var content = new StringContent(TestGateway.Chat("x"));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json; charset=\"UTF-8\"; v=2");

        using var response = await gateway.Client.PostAsync("/v1/chat/completions", content);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json; charset=\"UTF-8\"; v=2", (await Upstream.WaitForRequestAsync()).Header("Content-Type"));
    }

    private sealed class PushStreamContent : HttpContent
    {
        private readonly byte[] _body;

        public PushStreamContent(byte[] body)
        {
            _body = body;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var at = 0; at < _body.Length; at += 100_000)
                await stream.WriteAsync(_body.AsMemory(at, Math.Min(100_000, _body.Length - at)));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
