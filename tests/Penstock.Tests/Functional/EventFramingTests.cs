using System.Text;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Server-sent events in all the ways in which servers write them, cut at any byte.</summary>
public sealed class EventFramingTests : IAsyncLifetime
{
    private const string Request = """{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"x"}]}""";

    private static readonly string Lf = string.Concat(((string[])
    [
        ChatJson.RoleChunk(), ChatJson.ContentChunk("Hel"), ChatJson.ContentChunk("lo \u00e9\U0001F600"), ChatJson.FinishChunk(),
        ChatJson.UsageChunk(7, 3), "[DONE]",
    ]).Select(data => $"data: {data}\n\n"));

    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();

    /// <summary>The same stream in other clothes.</summary>
    public static TheoryData<string, string> Framings() => new()
    {
        { "lf", Lf },
        { "crlf", Lf.Replace("\n", "\r\n", StringComparison.Ordinal) },
        { "cr", Lf.Replace("\n", "\r", StringComparison.Ordinal) },
        { "mixed", Lf.Replace("\n\n", "\r\n\n", StringComparison.Ordinal) },
        { "no space", Lf.Replace("data: ", "data:", StringComparison.Ordinal) },
        { "comments", ": hello\n\n" + Lf.Replace("data: ", ": ping\n:\ndata: ", StringComparison.Ordinal) + ": bye\n\n" },
        { "names and ids", Lf.Replace("data: ", "event: chunk\nid: 5\nretry: 100\nunknown: x\nnocolon\ndata: ", StringComparison.Ordinal) },
        { "name after data", Lf.Replace("\n\n", "\nevent: chunk\n\n", StringComparison.Ordinal) },
        { "several data lines", Lf.Replace("\"object\":", "\ndata: \"object\"\ndata::", StringComparison.Ordinal) },
        { "several data lines, crlf", Lf.Replace("\"object\":", "\ndata:\"object\":\n: between\ndata:", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal) },
        { "byte order mark", "\uFEFF" + Lf },
        { "more blank lines", Lf.Replace("\n\n", "\n\n\n\n", StringComparison.Ordinal) },
        { "no final newline", Lf[..^2] },
        { "one final newline", Lf[..^1] },
        { "no done", Lf[..^"data: [DONE]\n\n".Length] },
        { "no done, no final newline", Lf[..^"\n\ndata: [DONE]\n\n".Length] },
        { "no done, one final newline", Lf[..^"\ndata: [DONE]\n\n".Length] },
        { "more after done", Lf + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"no\"}}]}\n\ndata: nonsense\n\n" },
    };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task Stream_InOneRead_ArrivesWhole(string name, string wire)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(_upstream.Url));
        _upstream.Script = Send(wire, wire.Length);

        AssertWhole(name, wire, await AskAsync(gateway));
    }

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task Stream_ByteByByte_ArrivesWhole(string name, string wire)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(_upstream.Url));
        _upstream.Script = Scripts.OneByteAWrite(Send(wire, 1));

        AssertWhole(name, wire, await AskAsync(gateway));
    }

    [Theory]
    [InlineData("crlf")]
    [InlineData("several data lines")]
    public async Task Stream_CutAtEveryByte_ArrivesWhole(string name)
    {
        var wire = (string)Framings().Single(row => (string)row[0] == name)[1];
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(_upstream.Url));
        var length = Encoding.UTF8.GetByteCount(wire);
        for (var cut = 1; cut < length; cut += 3)
        {
            _upstream.Script = Send(wire, cut);
            AssertWhole(name, wire, await AskAsync(gateway));
        }
    }

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task Stream_WhoseFieldsAreTheUpstreams_PassesByteForByte(string name, string wire)
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(_upstream.Url), "response_fields: upstream");
        _upstream.Script = Send(wire, wire.Length);

        var body = await AskAsync(gateway);

        // What follows [DONE] is not looked at, and what is missing at the end is added.
        // (A byte order mark is what the client that reads text takes away itself.)
        wire = wire.TrimStart('\uFEFF');
        var done = wire.IndexOf("[DONE]", StringComparison.Ordinal);
        if (done >= 0 && !name.Contains("newline", StringComparison.Ordinal))
            Assert.StartsWith(wire[..wire.IndexOfAny(['\r', '\n'], done)], body, StringComparison.Ordinal);
        else if (done < 0)
            Assert.StartsWith(wire, body, StringComparison.Ordinal);
        AssertWhole(name, wire, body, isOurs: false);
    }

    private static Func<ScriptedExchange, Task> Send(string wire, int pieceSize) => async exchange =>
    {
        var bytes = Encoding.UTF8.GetBytes(wire);
        await exchange.StartSseAsync();
        for (var at = 0; at < bytes.Length; at += pieceSize)
        {
            await exchange.ChunkAsync(bytes.AsMemory(at, Math.Min(pieceSize, bytes.Length - at)));
            await Task.Yield();
        }

        await exchange.FinishChunksAsync();
    };

    private static async Task<string> AskAsync(TestGateway gateway)
    {
        using var response = await gateway.PostAsync("/v1/chat/completions", Request, ("X-Request-ID", "mine"));
        return await response.Content.ReadAsStringAsync();
    }

    // A client that reads by the standard sees what it would have seen without the gateway, but for id and backend.
    private static void AssertWhole(string name, string wire, string body, bool isOurs = true)
    {
        var direct = SseText.Parse(wire);
        var stream = SseText.Parse(body);
        Assert.True(stream.IsDone, $"{name}: {body}");
        Assert.Equal("Hello \u00e9\U0001F600", stream.Content);
        Assert.Equal(5, stream.Json.Count);
        if (isOurs) Assert.All(stream.Json, chunk => Assert.Equal("mine remote", $"{chunk.GetProperty("id")} {chunk.GetProperty("backend")}"));
        if (name.Contains("done", StringComparison.Ordinal) || name.Contains("newline", StringComparison.Ordinal)) return;
        Assert.Equal(direct.Events.Select(e => (e.Type, e.LastId)), stream.Events.Select(e => (e.Type, e.LastId)));
        Assert.Equal(direct.Comments.Where(c => c != " bye"), stream.Comments);
    }
}
