using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.ToolsTests;

public sealed class ScriptedUpstreamTests : IAsyncLifetime, IDisposable
{
    private const string StreamBody = """{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]}""";

    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Request_WithContentLength_IsRecordedByteForByte()
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, _upstream.Url + "/v1/chat/completions?x=1");
        message.Headers.Add("X-Twice", ["a", "b"]);
        message.Content = new ByteArrayContent([0, 1, 2, 255]);
        using var answer = await _client.SendAsync(message);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var request = await _upstream.WaitForRequestAsync();
        Assert.Equal("POST", request.Method);
        Assert.Equal("/v1/chat/completions?x=1", request.Target);
        Assert.Equal("/v1/chat/completions", request.Path);
        Assert.Equal([0, 1, 2, 255], request.Body);
        Assert.Equal("4", request.Header("content-length"));
        Assert.StartsWith("POST /v1/chat/completions?x=1 HTTP/1.1\r\n", request.Head, StringComparison.Ordinal);
        Assert.Null(request.Header("X-Nowhere"));
        Assert.Equal(1, request.ConnectionNumber);
    }

    [Fact]
    public async Task Request_WithChunkedBody_IsDecoded()
    {
        using var client = await ConnectAsync();
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n");
        await SendAsync(client, "A\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n");

        Assert.Equal("abc0123456789", (await _upstream.WaitForRequestAsync()).BodyText);
    }

    [Fact]
    public async Task Connection_IsKeptAlive_AndNumbersItsRequests()
    {
        for (var i = 0; i < 3; i++)
            (await PostAsync("{}")).Dispose();

        Assert.Equal([1, 2, 3], _upstream.Requests.Select(r => r.NumberOnConnection));
        Assert.Equal(1, _upstream.TotalConnections);
        Assert.Equal(1, _upstream.OpenConnections);
        _client.Dispose();
        await _upstream.WaitForOpenConnectionsAsync(0);
        Assert.Equal(0, _upstream.AbortedConnections);
    }

    [Fact]
    public async Task Get_IsAnsweredByItsOwnScript_AndNotFromTheQueue()
    {
        _upstream.Enqueue(Scripts.Error(503));
        var models = await _client.GetStringAsync(new Uri(_upstream.Url + "/v1/models"));
        using var answer = await PostAsync("{}");

        Assert.Equal("upstream-model", JsonSerializer.Deserialize<JsonElement>(models).GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Single(_upstream.Requests);
        Assert.Equal("/v1/models", Assert.Single(_upstream.Gets).Path);
    }

    [Fact]
    public async Task Queue_IsUsedUp_ThenScriptAnswers()
    {
        _upstream.Enqueue(Scripts.Error(500, "one"), Scripts.Error(429, "two", headers: ("Retry-After", "2")));
        using var first = await PostAsync("{}");
        using var second = await PostAsync("{}");
        using var third = await PostAsync("{}");

        Assert.Equal([500, 429, 200], new[] { first, second, third }.Select(r => (int)r.StatusCode));
        Assert.Equal("2", second.Headers.GetValues("Retry-After").Single());
        Assert.Contains("\"message\":\"two\"", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_StreamsWhereAsked_WithUsageAndDone()
    {
        _upstream.Script = Scripts.Chat("one two three");
        using var answer = await PostAsync(StreamBody);

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal("one two three", Text(text));
        Assert.Contains("\"total_tokens\":8", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_NotStreamed_IsOneObject()
    {
        _upstream.Script = Scripts.Chat("say \"hi\"\n");
        using var answer = await PostAsync("""{"stream":false}""");

        var json = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.Equal("chatcmpl-upstream", json.GetProperty("id").GetString());
        Assert.Equal("say \"hi\"\n", json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task WaitForClientAbort_ClientLeaves_CompletesAndIsCounted()
    {
        var seen = new TaskCompletionSource();
        _upstream.Script = async exchange =>
        {
            await exchange.WaitForClientAbortAsync();
            seen.SetResult();
        };
        using var leaving = new CancellationTokenSource();
        var call = PostAsync("{}", cancellation: leaving.Token);
        await _upstream.WaitForRequestAsync();
        Assert.Equal(0, _upstream.AbortedConnections);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await seen.Task.WaitAsync(Patience.Default);
        await _upstream.WaitForAbortedAsync();
        await _upstream.WaitForOpenConnectionsAsync(0);
    }

    [Fact]
    public async Task ClientLeaves_WhileTheScriptWaitsForElse_IsCountedAtOnce()
    {
        _upstream.Script = Scripts.OnceReleased(Scripts.Chat("late"));
        using var leaving = new CancellationTokenSource();
        var call = PostAsync("{}", cancellation: leaving.Token);
        await _upstream.WaitForRequestAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        await _upstream.WaitForAbortedAsync();
        _upstream.Release();
        await _upstream.WaitForOpenConnectionsAsync(0);
        Assert.Equal(1, _upstream.AbortedConnections);
    }

    [Fact]
    public async Task StallAfter_ClientLeavesMidStream_IsCountedAsAborted()
    {
        _upstream.Script = Scripts.StallAfter(2, ChatJson.Words(9));
        using (var answer = await PostAsync(StreamBody, headersOnly: true))
        {
            await using var body = await answer.Content.ReadAsStreamAsync();
            Assert.Contains("w2", await ReadUntilAsync(body, "w2"), StringComparison.Ordinal);
        }

        await _upstream.WaitForAbortedAsync();
    }

    [Fact]
    public async Task Gate_HoldsTheScript_UntilReleased()
    {
        _upstream.Script = Scripts.PauseAfter(1, "a b");
        using var answer = await PostAsync(StreamBody, headersOnly: true);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var before = await ReadUntilAsync(body, "\"content\":\"a\"");
        Assert.DoesNotContain("\" b\"", before, StringComparison.Ordinal);

        _upstream.Release();
        Assert.Contains("[DONE]", await ReadUntilAsync(body, "[DONE]\n\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_BeforeHeaders_IsARst()
    {
        _upstream.Script = Scripts.ResetBeforeHeaders();
        using var client = await ConnectAsync();
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");

        var error = await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await _upstream.WaitForOpenConnectionsAsync(0);
        Assert.Equal(0, _upstream.AbortedConnections);
    }

    [Fact]
    public async Task Close_BeforeHeaders_IsAFin()
    {
        _upstream.Script = Scripts.CloseBeforeHeaders();
        using var client = await ConnectAsync();
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task ResetOnAccept_ResetsEveryConnection()
    {
        _upstream.ResetsOnAccept = true;
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var client = await ConnectAsync();
            await SendAsync(client, "POST / HTTP/1.1\r\n");
            await client.ReceiveAsync(new byte[1]);
        });
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task RefusingUrl_RefusesConnections()
    {
        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => _client.GetAsync(new Uri(ScriptedUpstream.RefusingUrl())));
        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
    }

    [Theory]
    [InlineData("ResetAfter")]
    [InlineData("CloseAfter")]
    [InlineData("HalfEventReset")]
    [InlineData("HalfEventClose")]
    public async Task BrokenStream_BreaksAfterItsWords(string kind)
    {
        _upstream.Script = kind switch
        {
            "ResetAfter" => Scripts.ResetAfter(2, ChatJson.Words(9)),
            "CloseAfter" => Scripts.CloseAfter(2, ChatJson.Words(9)),
            "HalfEventReset" => Scripts.HalfEventAfter(2, ChatJson.Words(9)),
            _ => Scripts.HalfEventAfter(2, ChatJson.Words(9), reset: false),
        };
        using var answer = await PostAsync(StreamBody, headersOnly: true);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var read = new StringBuilder();
        await Assert.ThrowsAnyAsync<IOException>(() => ReadUntilAsync(body, "never said", read));

        var text = read.ToString();
        // A reset may overtake what was still unread; what comes after it never arrives.
        Assert.DoesNotContain("w3", text, StringComparison.Ordinal);
        if (kind.EndsWith("Close", StringComparison.Ordinal) || kind == "CloseAfter")
            Assert.Contains("w2", text, StringComparison.Ordinal);
        if (kind == "HalfEventClose")
            Assert.False(text.EndsWith("\n\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EndAfter_EndsInOrder_WithoutFinishOrDone()
    {
        _upstream.Script = Scripts.EndAfter(2, ChatJson.Words(9));
        var text = await StreamTextAsync();

        Assert.Equal("w1 w2", Text(text));
        Assert.DoesNotContain("\"stop\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutDone_HasAllButDone()
    {
        _upstream.Script = Scripts.WithoutDone("a b");
        var text = await StreamTextAsync();

        Assert.Equal("a b", Text(text));
        Assert.Contains("\"stop\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadEventAfter_IsFollowedByTheRest()
    {
        _upstream.Script = Scripts.BadEventAfter(1, "a b", "{oops");
        var text = await StreamTextAsync();

        Assert.Contains("data: {oops\n\n", text, StringComparison.Ordinal);
        Assert.Contains("\" b\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ErrorEventAfter_EndsTheStreamWithTheError()
    {
        _upstream.Script = Scripts.ErrorEventAfter(1, "a b", "out of memory");
        var text = await StreamTextAsync();

        Assert.Contains("out of memory", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\" b\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongContentLength_PromisesMoreThanItSends()
    {
        _upstream.Script = Scripts.WrongContentLength("hi", by: 7);
        using var answer = await PostAsync("{}", headersOnly: true);

        Assert.Equal(ChatJson.Completion("hi").Length + 7, answer.Content.Headers.ContentLength);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Html_And_JsonErrorWith200_AreSuccessesByStatusOnly()
    {
        _upstream.Enqueue(Scripts.Html(), Scripts.JsonErrorWith200("no"));
        using var html = await PostAsync(StreamBody);
        using var error = await PostAsync(StreamBody);

        Assert.Equal("text/html", html.Content.Headers.ContentType?.MediaType);
        Assert.Equal("application/json", error.Content.Headers.ContentType?.MediaType);
        Assert.True(html.IsSuccessStatusCode && error.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(StreamBody)]
    public async Task Gzip_IsCompressed(string body)
    {
        _upstream.Script = Scripts.Gzip("a b");
        using var answer = await PostAsync(body);

        Assert.Equal("gzip", answer.Content.Headers.ContentEncoding.Single());
        await using var plain = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var reader = new StreamReader(plain);
        var text = await reader.ReadToEndAsync();
        if (body == StreamBody)
            Assert.Equal("a b", Text(text));
        else
            Assert.Equal(ChatJson.Completion("a b"), text);
    }

    [Fact]
    public async Task OneByteAWrite_IsTheSameAnswer()
    {
        _upstream.Script = Scripts.OneByteAWrite(Scripts.Chat("ä b"));
        Assert.Equal("ä b", Text(await StreamTextAsync()));
    }

    [Fact]
    public async Task BigHeaders_AreAsBigAsTheySay()
    {
        _upstream.Script = Scripts.BigHeaders("hi", 50_000);
        using var client = await ConnectAsync();
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            head.Append(Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer)));

        var size = head.ToString().Split("\r\n\r\n")[0].Split("\r\n").Where(l => l.StartsWith("X-Padding", StringComparison.Ordinal)).Sum(l => l.Length + 2);
        Assert.Equal(50_000, size);
    }

    [Fact]
    public async Task Huge_HasTheLengthItSays()
    {
        _upstream.Script = Scripts.Huge(300_000);
        using var answer = await PostAsync("{}");
        var json = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());

        Assert.Equal(300_000, json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!.Length);
    }

    [Fact]
    public async Task UntilClose_EndsWithTheConnection()
    {
        _upstream.Script = Scripts.UntilClose("text/plain", "all of it");
        using var answer = await PostAsync("{}");
        Assert.Equal("all of it", await answer.Content.ReadAsStringAsync());
        await _upstream.WaitForOpenConnectionsAsync(0);
    }

    [Fact]
    public async Task DropOnReuse_AnswersOnceAConnection()
    {
        _upstream.Script = Scripts.DropOnReuse(Scripts.Chat("hi"));
        using var client = await ConnectAsync();
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        Assert.NotEqual(0, await client.ReceiveAsync(new byte[4096]));
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(0, await client.ReceiveAsync(new byte[4096]));
    }

    [Fact]
    public async Task Continues_SaysWhatThePrefillDoesNotHave()
    {
        _upstream.Script = Scripts.Continues("w1 w2 w3");
        const string Prefilled = """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"w1 w2"}]}""";
        using var rest = await PostAsync(Prefilled);
        _upstream.Script = Scripts.RefusesPrefill(Scripts.Chat("all"));
        using var refused = await PostAsync(Prefilled);

        Assert.Contains("\"content\":\" w3\"", await rest.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Backpressure_SlowReader_StopsTheScript()
    {
        const int Megabytes = 64;
        long written = 0;
        var finished = false;
        _upstream.SendBufferBytes = 256 * 1024;
        _upstream.Script = async exchange =>
        {
            exchange.KeepAlive = false;
            await exchange.StartSseAsync();
            for (var i = 0; i < Megabytes * 16; i++)
            {
                await exchange.ChunkAsync(new byte[64 * 1024]);
                Volatile.Write(ref written, exchange.BytesWritten);
            }

            await exchange.FinishChunksAsync();
            Volatile.Write(ref finished, true);
        };
        using var client = await ConnectAsync();
        client.ReceiveBufferSize = 256 * 1024;
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        await Patience.UntilAsync(() => Volatile.Read(ref written) > 0, "the first chunk written");

        // Nobody reads: the kernel's buffers fill up, and the rest stays with the script.
        Assert.False(Volatile.Read(ref finished));
        var total = 0L;
        var buffer = new byte[1 << 20];
        int count;
        while ((count = await client.ReceiveAsync(buffer)) > 0)
            total += count;
        Assert.True(total > Megabytes * 1024 * 1024, total.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task UnreadBody_ScriptRunsAtTheHeaders()
    {
        _upstream.ReadsBody = false;
        _upstream.Script = Scripts.Error(413);
        using var client = await ConnectAsync();
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");

        var buffer = new byte[4096];
        var count = await client.ReceiveAsync(buffer);
        Assert.StartsWith("HTTP/1.1 413 ", Encoding.ASCII.GetString(buffer, 0, count), StringComparison.Ordinal);
        Assert.Empty((await _upstream.WaitForRequestAsync()).Body);
    }

    [Fact]
    public async Task ClientLeaves_WithinItsBody_IsCountedAndNotARequest()
    {
        using (var client = await ConnectAsync())
            await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");

        await _upstream.WaitForAbortedAsync();
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task ScriptThatThrows_ResetsAndIsReported()
    {
        await using var upstream = ScriptedUpstream.Start(_ => throw new InvalidOperationException("wrong"));
        await Assert.ThrowsAsync<HttpRequestException>(
            () => _client.PostAsync(new Uri(upstream.Url), new StringContent("{}")));
        Assert.Equal("wrong", Assert.Single(upstream.ScriptErrors).Message);
    }

    [Theory]
    [InlineData("NONSENSE\r\n\r\n")]
    [InlineData("POST / HTTP/2\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nBad Header: x\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n")]
    public async Task MalformedRequest_IsReported(string bytes)
    {
        await using var upstream = ScriptedUpstream.Start();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, upstream.Port);
        await SendAsync(client, bytes);

        await Patience.UntilAsync(() => upstream.ScriptErrors.Count > 0, "the malformed request reported");
        Assert.IsType<FormatException>(upstream.ScriptErrors[0]);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Dispose_EndsScriptsThatWait()
    {
        var upstream = ScriptedUpstream.Start(Scripts.OnceReleased(Scripts.Chat("late")));
        var call = _client.PostAsync(new Uri(upstream.Url), new StringContent("{}"));
        await upstream.WaitForRequestAsync();
        await upstream.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => call);
        Assert.Empty(upstream.ScriptErrors);
        Assert.Equal(0, upstream.OpenConnections);
    }

    [Fact]
    public async Task WaitForRequest_ThatNeverComes_TimesOut()
    {
        var error = await Assert.ThrowsAsync<TimeoutException>(
            () => _upstream.WaitForRequestAsync(1, TimeSpan.FromMilliseconds(50)));
        Assert.Contains("request number 1", error.Message, StringComparison.Ordinal);
    }

    private static string Text(string sse) => string.Concat(
        sse.Split("\n\n")
            .Where(e => e.StartsWith("data: {", StringComparison.Ordinal))
            .Select(e => JsonSerializer.Deserialize<JsonElement>(e["data: ".Length..]).GetProperty("choices"))
            .Where(c => c.GetArrayLength() > 0 && c[0].GetProperty("delta").TryGetProperty("content", out _))
            .Select(c => c[0].GetProperty("delta").GetProperty("content").GetString()));

    private static async Task SendAsync(Socket client, string text) =>
        await client.SendAsync(Encoding.Latin1.GetBytes(text), SocketFlags.None);

    private static async Task<string> ReadUntilAsync(Stream body, string end, StringBuilder? into = null)
    {
        var text = into ?? new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            var count = await body.ReadAsync(buffer);
            if (count == 0)
                throw new EndOfStreamException(text.ToString());
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, _upstream.Port);
        return client;
    }

    private async Task<string> StreamTextAsync()
    {
        using var answer = await PostAsync(StreamBody);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> PostAsync(
        string json, bool headersOnly = false, CancellationToken cancellation = default)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, _upstream.Url + "/v1/chat/completions")
        {
            Content = new StringContent(json, new MediaTypeHeaderValue("application/json")),
        };
        return await _client.SendAsync(
            message,
            headersOnly ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead,
            cancellation);
    }
}
