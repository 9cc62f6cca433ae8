using System.Net;
using System.Text;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary>What holds on an HTTP/1.1 connection holds in an HTTP/2 stream: events at once, departures, and breaks that can be seen.</summary>
public sealed class Http2Tests : IAsyncLifetime, IDisposable
{
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();
    private TestGateway? _gateway;
    private TlsClient? _client;

    private TestGateway Gateway => _gateway!;

    private HttpClient Client => _client!.Http;

    public async Task InitializeAsync()
    {
        _gateway = await TestGateway.StartAsync($$"""
            server:
              tls: { certificate: cert.pem, key: key.pem }
              max_body_bytes: 100000
              api_key: sekret
            default_backend: remote
            backends: [{ name: remote, url: '{{_upstream.Url}}' }]
            """, files: TestCertificate.SelfSigned().Files);
        _client = new TlsClient(_gateway.Url, HttpVersion.Version20);
        Client.DefaultRequestHeaders.Authorization = new("Bearer", "sekret");
    }

    public void Dispose() => _client?.Dispose();

    public async Task DisposeAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    [Fact]
    public async Task Stream_EachEvent_ComesAtOnceAndAllOfThemInTheEnd()
    {
        _upstream.Script = Scripts.PauseAfter(2, "one two three four");
        using var stream = await OpenStream.ChatAsync(Client);

        await stream.ReadToAsync("two");
        Assert.DoesNotContain("three", stream.Text, StringComparison.Ordinal);
        _upstream.Release();
        var events = await stream.ReadToEndAsync();

        Assert.True(events.IsDone, stream.Text);
        Assert.Equal(HttpVersion.Version20, stream.Response.Version);
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType?.MediaType);
        Assert.Empty(stream.Response.Headers.Connection);
    }

    [Fact]
    public async Task Stream_CallerLeaves_BackendIsLeftAndOtherStreamsGoOn()
    {
        _upstream.Script = Scripts.PauseAfter(2, "one two three four");
        using var staying = await OpenStream.ChatAsync(Client);
        await staying.ReadToAsync("two");
        var leaving = await OpenStream.ChatAsync(Client);
        await leaving.ReadToAsync("two");

        leaving.Dispose();
        await _upstream.WaitForAbortedAsync();
        _upstream.Release();
        var events = await staying.ReadToEndAsync();

        Assert.True(events.IsDone, staying.Text);
        Assert.Equal(1, _upstream.AbortedConnections);
        await Gateway.WaitForLogAsync("status=499");
    }

    [Fact]
    public async Task Stream_BackendBreaksOff_EndsInAnErrorEvent()
    {
        _upstream.Script = Scripts.ResetAfter(2, "one two three four");
        using var stream = await OpenStream.ChatAsync(Client);

        var events = await stream.ReadToEndAsync();

        Assert.False(events.IsDone, stream.Text);
        Assert.Contains("\"error\"", stream.Text, StringComparison.Ordinal);
    }

    // Nobody may take a part for the whole: the stream is reset, and the other streams of the connection live.
    [Fact]
    public async Task OpaqueAnswer_BreaksAfterTheCommit_StreamIsReset()
    {
        _upstream.Script = async exchange =>
        {
            await exchange.HeadAsync(200, ("Content-Type", "audio/mpeg"), ("Transfer-Encoding", "chunked"));
            await exchange.ChunkAsync(new string('x', 5000));
            await exchange.Released;
            await exchange.ResetAsync();
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/audio/speech") { Content = Json("""{"model":"tts","input":"hello"}""") };
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();

        await body.ReadExactlyAsync(new byte[5000]);
        _upstream.Release();
        var broken = await Assert.ThrowsAnyAsync<IOException>(() => body.ReadExactlyAsync(new byte[1]).AsTask());

        Assert.IsNotType<EndOfStreamException>(broken);
        using var health = await Client.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task Body_TooLarge_Is413WithoutAHeaderThatHttp2DoesNotHave()
    {
        using var response = await Client.PostAsync("/v1/chat/completions", Json(TestGateway.Chat(new string('x', 200_000))));

        await response.AssertErrorAsync(413, "request_too_large");
        Assert.Empty(response.Headers.Connection);
        Assert.DoesNotContain("have been removed", Gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_CallerResetsItsStream_IsACallerWhoLeft()
    {
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new EndlessJson() };

        var call = Client.SendAsync(request, leaving.Token);
        await Patience.UntilAsync(() => ((EndlessJson)request.Content).IsSending, "the body is on its way");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        await Gateway.WaitForLogAsync("status=499");
        Assert.DoesNotContain("status=500", Gateway.Log, StringComparison.Ordinal);
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task Key_Missing_Is401()
    {
        Client.DefaultRequestHeaders.Authorization = null;

        using var response = await Client.GetAsync("/v1/models");

        await response.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error");
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private sealed class EndlessJson : HttpContent
    {
        public EndlessJson() => Headers.ContentType = new("application/json");

        public bool IsSending { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync("{\"model\":\""u8.ToArray(), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            IsSending = true;
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
