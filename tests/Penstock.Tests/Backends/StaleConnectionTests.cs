using System.Net;
using System.Text;
using Penstock.Backends;
using Penstock.Backends.Http;
using Penstock.Configuration;
using Penstock.Tests.Functional;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

/// <summary>A connection that the server drops just as it is used again costs no request; one that was never used before is a failure.</summary>
public sealed class StaleConnectionTests : IAsyncLifetime, IDisposable
{
    private readonly HttpTransport _transport = new(new SystemNameResolver());
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    public void Dispose() => _transport.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_ConnectionDroppedOnReuse_IsAnswered(bool reset)
    {
        _upstream.Script = Scripts.DropOnReuse(Scripts.Chat("Hello"), reset);
        var backend = NewBackend(_upstream.Url);

        for (var i = 0; i < 1000; i++) await AssertAnsweredAsync(backend, $"request {i}");

        // Every second request met a dropped connection, and was sent once more.
        Assert.Equal(1500, _upstream.Requests.Count);
        Assert.All(_upstream.Requests.GroupBy(r => r.BodyText), same => Assert.InRange(same.Count(), 1, 2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_ConnectionsDroppedOnReuse_ManyAtOnce_AreAnswered(bool reset)
    {
        _upstream.Script = Scripts.DropOnReuse(Scripts.Chat("Hello"), reset);
        var backend = NewBackend(_upstream.Url);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            for (var i = 0; i < 60; i++) await AssertAnsweredAsync(backend, "x");
        }));
    }

    [Fact]
    public async Task Send_ConnectionResetWhileALongBodyIsSent_IsAnswered()
    {
        using var server = new ImpatientServer();
        var backend = NewBackend(server.Url);
        await AssertAnsweredAsync(backend, "x");

        await AssertAnsweredAsync(backend, new string('x', 16 * 1024 * 1024));

        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_FreshConnectionDropped_FailsAfterOneRequest(bool reset)
    {
        _upstream.Script = reset ? Scripts.ResetBeforeHeaders() : Scripts.CloseBeforeHeaders();

        var failure = await Assert.ThrowsAsync<BackendException>(() => SendAsync(NewBackend(_upstream.Url), "x"));

        Assert.False(failure.IsUnreachable);
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task Send_SecondConnectionDroppedToo_FailsAfterTwoRequests()
    {
        var backend = NewBackend(_upstream.Url);
        await AssertAnsweredAsync(backend, "x");
        _upstream.Script = Scripts.ResetBeforeHeaders();

        await Assert.ThrowsAsync<BackendException>(() => SendAsync(backend, "y"));

        Assert.Equal(["x", "y", "y"], _upstream.Requests.Select(r => r.BodyText));
    }

    [Fact]
    public async Task Send_UsedConnectionThatAnswersSomethingElse_IsNotSentAgain()
    {
        var backend = NewBackend(_upstream.Url);
        await AssertAnsweredAsync(backend, "x");
        _upstream.Script = e => e.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n\r\n");

        await Assert.ThrowsAsync<BackendException>(() => SendAsync(backend, "y"));

        Assert.Equal(["x", "y"], _upstream.Requests.Select(r => r.BodyText));
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(false, ",\"stream\":true")]
    [InlineData(true, ",\"stream\":true")]
    public async Task Gateway_ConnectionDroppedOnReuse_LosesNoRequest(bool reset, string more)
    {
        _upstream.Script = Scripts.DropOnReuse(Scripts.Chat("Hello world"), reset);
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(_upstream.Url));

        for (var i = 0; i < 1000; i++)
        {
            using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", more));
            var body = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.OK, body);
            if (more.Length > 0) Assert.True(SseText.Parse(body).IsDone, body);
        }

        Assert.True(_upstream.Requests.Count > 1000, "No connection was used again.");
        gateway.Client.DefaultRequestHeaders.Add("Accept", "text/plain");
        var metrics = await gateway.Client.GetStringAsync("/metrics");
        Assert.Contains("outcome=\"success\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("broken_before_commit", metrics, StringComparison.Ordinal);
    }

    private static async Task AssertAnsweredAsync(HttpBackend backend, string body)
    {
        await using var response = await SendAsync(backend, body);
        using var reader = new StreamReader(response.Body);
        Assert.Contains("Hello", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private static async Task<BackendResponse> SendAsync(HttpBackend backend, string body) => await backend.SendAsync(
        new BackendRequest
        {
            Path = "/v1/chat/completions",
            RequestId = "r",
            Content = new BufferedContent(Encoding.UTF8.GetBytes(body), default) { ContentType = "text/plain" },
        },
        CancellationToken.None);

    private HttpBackend NewBackend(string url) =>
        new(new BackendConfig { Name = "b", Type = "http", Url = new Uri(url), ConnectTimeout = TimeSpan.FromSeconds(30) }, _transport);
}
