using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Penstock.Tests.Tools;

/// <summary>Ready-made answers, good and bad, of a <see cref="ScriptedUpstream"/>.</summary>
/// <remarks>"After n" counts the events that carry text; the role chunk comes before them.</remarks>
internal static class Scripts
{
    /// <summary>A chat completion: whole, or streamed a word an event where the request asks for a stream.</summary>
    public static Func<ScriptedExchange, Task> Chat(
        string content, string model = ChatJson.Model, int promptTokens = 5) =>
        exchange => exchange.Request.WantsStream
            ? new ChatStream { Model = model, PromptTokens = promptTokens }.WriteAsync(exchange, content)
            : exchange.JsonAsync(200, ChatJson.Completion(content, model, promptTokens));

    /// <summary>A stream, whatever the request asks for.</summary>
    public static Func<ScriptedExchange, Task> Stream(string content, ChatStream? shape = null) =>
        exchange => (shape ?? new ChatStream()).WriteAsync(exchange, content);

    /// <summary>A stream of the words w1 w2 …</summary>
    public static Func<ScriptedExchange, Task> Words(int count, ChatStream? shape = null) =>
        Stream(ChatJson.Words(count), shape);

    public static Func<ScriptedExchange, Task> Json(
        int status, string json, params (string Name, string Value)[] headers) =>
        exchange => exchange.JsonAsync(status, json, headers);

    /// <summary>An error status with OpenAI's error object.</summary>
    public static Func<ScriptedExchange, Task> Error(
        int status,
        string message = "scripted error",
        string type = "server_error",
        string? code = null,
        params (string Name, string Value)[] headers) =>
        Json(status, ChatJson.Error(message, type, code), headers);

    /// <summary>Another script, after a while that no deadline of a test allows; it ends early where the client goes.</summary>
    public static Func<ScriptedExchange, Task> Late(Func<ScriptedExchange, Task> script, double seconds = 20) => async exchange =>
    {
        await Task.WhenAny(exchange.WaitForClientAbortAsync(), Task.Delay(TimeSpan.FromSeconds(seconds), CancellationToken.None));
        if (!exchange.Over)
            await script(exchange);
    };

    /// <summary>The answer of <c>/v1/models</c>.</summary>
    public static Func<ScriptedExchange, Task> Models(params string[] ids)
    {
        var models = ids.Select(id =>
            $$"""{"id":{{ChatJson.Quote(id)}},"object":"model","created":1700000000,"owned_by":"scripted"}""");
        return Json(200, $$"""{"object":"list","data":[{{string.Join(',', models)}}]}""");
    }

    /// <summary>Takes the request and says nothing until the client goes.</summary>
    public static Func<ScriptedExchange, Task> NeverAnswers() => exchange => exchange.WaitForClientAbortAsync();

    /// <summary>Sends the headers of a stream and its role chunk, then nothing until the client goes.</summary>
    public static Func<ScriptedExchange, Task> SilentAfterHeaders(bool role = false) => async exchange =>
    {
        await exchange.StartSseAsync();
        if (role)
            await exchange.EventAsync(ChatJson.RoleChunk());
        await exchange.WaitForClientAbortAsync();
    };

    /// <summary>Waits for the test to open the gate, then goes on.</summary>
    public static Func<ScriptedExchange, Task> OnceReleased(Func<ScriptedExchange, Task> then) => async exchange =>
    {
        await exchange.Released;
        await then(exchange);
    };

    public static Func<ScriptedExchange, Task> ResetBeforeHeaders() => exchange => exchange.ResetAsync();

    public static Func<ScriptedExchange, Task> CloseBeforeHeaders() => exchange => exchange.CloseAsync();

    /// <summary>Answers the first request of a connection and resets it (or closes it) when it is used again.</summary>
    public static Func<ScriptedExchange, Task> DropOnReuse(Func<ScriptedExchange, Task> first, bool reset = false) =>
        exchange => exchange.Request.NumberOnConnection == 1 ? first(exchange)
            : reset ? exchange.ResetAsync()
            : exchange.CloseAsync();

    /// <summary>Answers, then closes the connection without having said <c>Connection: close</c>.</summary>
    public static Func<ScriptedExchange, Task> ThenClose(Func<ScriptedExchange, Task> answer) => async exchange =>
    {
        await answer(exchange);
        await exchange.CloseAsync();
    };

    /// <summary>A stream that is reset after so many words.</summary>
    public static Func<ScriptedExchange, Task> ResetAfter(int words, string content) =>
        Stream(content, new ChatStream { Before = At(words, e => e.ResetAsync()) });

    /// <summary>A stream whose connection ends after so many words, in the middle of its chunked body.</summary>
    public static Func<ScriptedExchange, Task> CloseAfter(int words, string content) =>
        Stream(content, new ChatStream { Before = At(words, e => e.CloseAsync()) });

    /// <summary>A stream that says nothing more after so many words, and stays open.</summary>
    public static Func<ScriptedExchange, Task> StallAfter(int words, string content) =>
        Stream(content, new ChatStream { Before = At(words, e => e.WaitForClientAbortAsync()) });

    /// <summary>A stream that waits for the gate after so many words, then goes on.</summary>
    public static Func<ScriptedExchange, Task> PauseAfter(int words, string content) =>
        Stream(content, new ChatStream { Before = At(words, e => e.Released) });

    /// <summary>A stream whose body ends in order after so many words: no finish_reason, no [DONE].</summary>
    public static Func<ScriptedExchange, Task> EndAfter(int words, string content) => Stream(
        string.Concat(ChatJson.Pieces(content).Take(words)), new ChatStream { Finish = false, Usage = false, Done = false });

    /// <summary>A stream that has all but its [DONE]. Open: the connection is not ended either.</summary>
    public static Func<ScriptedExchange, Task> WithoutDone(string content, bool open = false) =>
        Stream(content, new ChatStream { Done = false, End = !open });

    /// <summary>Half of an event after so many words, then a reset (or an orderly end of the connection).</summary>
    public static Func<ScriptedExchange, Task> HalfEventAfter(int words, string content, bool reset = true) => Stream(
        content,
        new ChatStream
        {
            Before = At(words, async e =>
            {
                var half = "data: " + ChatJson.ContentChunk(" half");
                await e.ChunkAsync(half[..(half.Length / 2)]);
                await (reset ? e.ResetAsync() : e.CloseAsync());
            }),
        });

    /// <summary>An event that is not JSON after so many words; the rest is fine.</summary>
    public static Func<ScriptedExchange, Task> BadEventAfter(
        int words, string content, string data = """{"choices":[{"delta":{"content":"br""") =>
        Stream(content, new ChatStream { Before = At(words, e => e.EventAsync(data)) });

    /// <summary>An error object as an event after so many words (0: before any), then the end of the stream.</summary>
    public static Func<ScriptedExchange, Task> ErrorEventAfter(
        int words, string content, string message = "scripted error", bool done = false) => Stream(
        content,
        new ChatStream
        {
            Before = At(words, async e =>
            {
                await e.EventAsync(ChatJson.Error(message, "server_error"));
                if (done)
                    await e.EventAsync("[DONE]");
                await e.FinishChunksAsync();
                await e.CloseAsync();
            }),
        });

    /// <summary>A Content-Length of so many bytes more than the body has (fewer, if negative), then the end of the connection.</summary>
    public static Func<ScriptedExchange, Task> WrongContentLength(string content, int by = 100) => async exchange =>
    {
        var body = Encoding.UTF8.GetBytes(ChatJson.Completion(content));
        await exchange.HeadAsync(
            200,
            ("Content-Type", "application/json"),
            ("Content-Length", (body.Length + by).ToString(CultureInfo.InvariantCulture)));
        exchange.LastWrite();
        await exchange.WriteAsync(body);
        await exchange.CloseAsync();
    };

    /// <summary>A body that neither Content-Length nor chunks delimit: it ends with the connection.</summary>
    public static Func<ScriptedExchange, Task> UntilClose(string contentType, string body) => async exchange =>
    {
        await exchange.HeadAsync(200, ("Content-Type", contentType), ("Connection", "close"));
        exchange.LastWrite();
        await exchange.WriteAsync(body);
        await exchange.CloseAsync();
    };

    /// <summary>What a proxy or a captive portal says: 200 and a page.</summary>
    public static Func<ScriptedExchange, Task> Html(int status = 200) => exchange => exchange.AnswerAsync(
        status, "text/html; charset=utf-8", "<!doctype html><title>Welcome</title><p>It works!"u8.ToArray());

    /// <summary>200 with a JSON error object, whatever the request asks for.</summary>
    public static Func<ScriptedExchange, Task> JsonErrorWith200(string message = "scripted error") =>
        Error(200, message);

    /// <summary>A chat completion or a stream, compressed although nobody asked for it.</summary>
    public static Func<ScriptedExchange, Task> Gzip(string content) => exchange =>
    {
        var stream = exchange.Request.WantsStream;
        var pieces = ChatJson.Pieces(content);
        IEnumerable<string> events =
        [
            ChatJson.RoleChunk(),
            .. pieces.Select(p => ChatJson.ContentChunk(p)),
            ChatJson.FinishChunk(),
            .. exchange.Request.WantsUsage ? [ChatJson.UsageChunk(5, pieces.Count)] : Array.Empty<string>(),
            "[DONE]",
        ];
        var plain = stream ? string.Concat(events.Select(e => $"data: {e}\n\n")) : ChatJson.Completion(content);
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(plain));
        return exchange.AnswerAsync(
            200, stream ? "text/event-stream" : "application/json", compressed.ToArray(), ("Content-Encoding", "gzip"));
    };

    /// <summary>Another script, every byte by a send of its own.</summary>
    public static Func<ScriptedExchange, Task> OneByteAWrite(Func<ScriptedExchange, Task> script) => exchange =>
    {
        exchange.OneByteAWrite = true;
        return script(exchange);
    };

    /// <summary>A chat completion or a stream whose headers come to so many bytes, 1,000 a header.</summary>
    public static Func<ScriptedExchange, Task> BigHeaders(string content, int bytes = 64 * 1024)
    {
        var padding = Enumerable.Range(0, (bytes + 999) / 1000)
            .Select(n => (Name: $"X-Padding-{n:0000}", Value: new string('p', 1000 - "X-Padding-0000: \r\n".Length)))
            .ToArray();
        return exchange => exchange.Request.WantsStream
            ? new ChatStream { Headers = padding }.WriteAsync(exchange, content)
            : exchange.JsonAsync(200, ChatJson.Completion(content), padding);
    }

    /// <summary>A whole chat completion with a content of so many bytes, written by 64 KiB.</summary>
    public static Func<ScriptedExchange, Task> Huge(long contentBytes) => async exchange =>
    {
        var frame = ChatJson.Completion("#").Split('#', 2);
        await exchange.HeadAsync(
            200,
            ("Content-Type", "application/json"),
            ("Content-Length", (frame[0].Length + contentBytes + frame[1].Length).ToString(CultureInfo.InvariantCulture)));
        await exchange.WriteAsync(frame[0]);
        var block = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
        for (var left = contentBytes; left > 0; left -= block.Length)
            await exchange.WriteAsync(block.AsMemory(0, (int)Math.Min(left, block.Length)));
        exchange.LastWrite();
        await exchange.WriteAsync(frame[1]);
    };

    /// <summary>
    /// A server that continues a final assistant message by itself: it says of <paramref name="content"/> what that
    /// message does not have yet, and all of it where there is no such message.
    /// </summary>
    public static Func<ScriptedExchange, Task> Continues(string content, string model = ChatJson.Model) => exchange =>
    {
        var prefix = Prefill(exchange.Request) ?? "";
        if (!content.StartsWith(prefix, StringComparison.Ordinal))
            return exchange.JsonAsync(400, ChatJson.Error("not a prefix of what I say", "invalid_request_error"));
        // What was said before is prompt now, and is billed as such.
        return Chat(content[prefix.Length..], model, 5 + ChatJson.Pieces(prefix).Count)(exchange);
    };

    /// <summary>400 where the last message is an assistant's, else the other script.</summary>
    public static Func<ScriptedExchange, Task> RefusesPrefill(Func<ScriptedExchange, Task> otherwise) => exchange =>
        Prefill(exchange.Request) is null
            ? otherwise(exchange)
            : exchange.JsonAsync(
                400, ChatJson.Error("the last message must not be an assistant's", "invalid_request_error"));

    private static string? Prefill(ScriptedRequest request)
    {
        var messages = request.Json.GetProperty("messages");
        if (messages.GetArrayLength() == 0)
            return null;
        var last = messages[messages.GetArrayLength() - 1];
        return last.GetProperty("role").GetString() == "assistant"
            && last.GetProperty("content") is { ValueKind: JsonValueKind.String } content
            ? content.GetString()
            : null;
    }

    private static Func<ScriptedExchange, int, Task> At(int index, Func<ScriptedExchange, Task> then) =>
        (exchange, i) => i == index ? then(exchange) : Task.CompletedTask;
}
