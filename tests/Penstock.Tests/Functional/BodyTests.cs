using System.Net;
using System.Text;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class BodyTests : IAsyncLifetime
{
    private const int Limit = 200;

    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync($"server: {{ max_body_bytes: {Limit} }}");

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData(Limit, true, 200)]
    [InlineData(Limit, false, 200)]
    [InlineData(Limit + 1, true, 413)]
    [InlineData(Limit + 1, false, 413)]
    [InlineData(Limit * 1000, true, 413)]
    [InlineData(Limit * 1000, false, 413)]
    public async Task Chat_BodyOfSize_IsTakenUpToTheLimit(int size, bool isDeclared, int status)
    {
        var body = TestGateway.Chat("hi");
        using var response = await PostAsync("/v1/chat/completions", body + new string(' ', size - body.Length), isDeclared);

        if (status == 200) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        else Assert.Contains("200 bytes", await response.AssertErrorAsync(413, "request_too_large"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/completions")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/audio/speech")]
    public async Task Post_TooLargeElsewhere_Is413(string path)
    {
        foreach (var isDeclared in (bool[])[true, false])
        {
            using var response = await PostAsync(path, new string(' ', Limit + 1), isDeclared);
            await response.AssertErrorAsync(413, "request_too_large");
        }
    }

    [Fact]
    public async Task Post_FormTooLarge_Is413()
    {
        var form = $"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{new string('x', Limit)}\r\n--b--\r\n";
        using var response = await PostAsync("/v1/audio/transcriptions", form, isDeclared: true, "multipart/form-data; boundary=b");

        await response.AssertErrorAsync(413, "request_too_large");
    }

    // What was announced is refused before it is sent.
    [Fact]
    public async Task Chat_AnnouncedTooLarge_IsRefusedUnread()
    {
        var answer = await RawHttp.SendAsync(_gateway.Url,
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999999999\r\nExpect: 100-continue\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.NotNull(RawHttp.Header(answer, "X-Request-ID"));
        Assert.Contains("request_too_large", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=b")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json;charset=\"iso-8859-1\"")]
    [InlineData("application/jsonp")]
    [InlineData("text/plain; application/json")]
    [InlineData("text/json")]
    [InlineData("*/*")]
    public async Task Chat_OtherMediaType_Is415(string? type)
    {
        using var response = await PostAsync("/v1/chat/completions", TestGateway.Chat("hi"), isDeclared: true, type);

        var message = await response.AssertErrorAsync(415, "unsupported_media_type");
        Assert.Contains(type ?? "missing", message, StringComparison.Ordinal);
        Assert.Contains("application/json", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON; charset=UTF-8")]
    [InlineData("application/json;charset=\"utf-8\"")]
    [InlineData("application/vnd.api+json; profile=x; charset=us-ascii")]
    public async Task Chat_JsonMediaType_IsTaken(string type)
    {
        using var response = await PostAsync("/v1/chat/completions", TestGateway.Chat("hi"), isDeclared: true, type);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/v1/completions")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/rerank")]
    [InlineData("/v1/moderations")]
    [InlineData("/v1/audio/speech")]
    [InlineData("/v1/images/generations")]
    public async Task Post_TextElsewhere_Is415(string path)
    {
        using var response = await PostAsync(path, "{}", isDeclared: true, "text/plain");

        await response.AssertErrorAsync(415, "unsupported_media_type");
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body, bool isDeclared, string? type = "application/json")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (type is not null) Assert.True(content.Headers.TryAddWithoutValidation("Content-Type", type));
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (!isDeclared)
        {
            request.Headers.TransferEncodingChunked = true;
            content.Headers.ContentLength = null;
        }

        return _gateway.Client.SendAsync(request);
    }
}
