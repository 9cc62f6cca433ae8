using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Runtime;
using Penstock.Tests.Backends.Engines;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>The usual policy of two servers: prompts go where their beginnings are.</summary>
public sealed class PrefixRoutingTests : IAsyncLifetime
{
    // What was only sent somewhere counts for 5 s: what counts after them has been read.
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(6);

    // Two servers: so many would go where they should without anything known of them once in 2^24 times.
    private const int Conversations = 24;

    private readonly ScriptedUpstream _a = ScriptedUpstream.Start(Scripts.Chat(Text("answer", 600)));
    private readonly ScriptedUpstream _b = ScriptedUpstream.Start(Scripts.Chat(Text("answer", 600)));

    // It stands while calls run, so that no server looks faster than the other.
    private readonly ManualTime _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        Assert.Empty(_a.ScriptErrors);
        Assert.Empty(_b.ScriptErrors);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Conversation_NextTurn_GoesWhereItWas(string more)
    {
        await using var gateway = await StartAsync();
        // Where they would not all have gone by themselves.
        for (var i = 0; i < Conversations; i++) await AskAsync(gateway, Body(more, User(i)), ("X-Backend", Forced(i)));
        _time.Advance(Later);

        for (var i = 0; i < Conversations; i++) Assert.Equal(Forced(i), await AskAsync(gateway, Body(more, User(i), Assistant(), User(1000 + i))));
    }

    [Fact]
    public async Task Explain_AfterATurn_KnowsItsAnswer()
    {
        await using var gateway = await StartAsync();
        var asked = await AskAsync(gateway, Body("", User(1)));

        using var plan = await ExplainAsync(gateway, HttpMethod.Post, Body("", User(1), Assistant(), User(2)));

        Assert.Equal(asked, plan.RootElement.GetProperty("chosen").GetString());
        var cached = plan.RootElement.GetProperty("candidates").EnumerateArray()
            .ToDictionary(c => c.GetProperty("backend").GetString()!, c => c.GetProperty("cached_tokens").GetDouble());
        // Of three messages of the same length two are there, but for what fills no block.
        Assert.InRange(cached[asked!] / plan.RootElement.GetProperty("prompt_tokens").GetDouble(), 0.5, 0.75);
        Assert.Equal(0, cached.Single(c => c.Key != asked).Value);
    }

    [Fact]
    public async Task Explain_AfterAReload_KnowsWhatItKnew()
    {
        await using var gateway = await StartAsync();
        var asked = await AskAsync(gateway, Body("", User(1)));

        gateway.Get<GatewayRuntime>().Rebuild();

        using var plan = await ExplainAsync(gateway, HttpMethod.Post, Body("", User(1)));
        Assert.Equal([asked], plan.RootElement.GetProperty("candidates").EnumerateArray()
            .Where(c => c.GetProperty("cached_tokens").GetDouble() > 0).Select(c => c.GetProperty("backend").GetString()));
    }

    // A model that has thought is not sent its thoughts again, and short prompts have blocks, too.
    [Fact]
    public async Task Explain_TextThatIsNotLaidOut_IsNotTakenForCached()
    {
        await using var gateway = await StartAsync();
        var thought = $$"""{"role":"assistant","reasoning_content":"{{Text("hm", 60_000)}}","content":"x"}""";
        await AskAsync(gateway, Body("", User(1), thought, User(2)));

        using var plan = await ExplainAsync(gateway, HttpMethod.Post, Body("", User(1), thought, User(2)));

        Assert.InRange(plan.RootElement.GetProperty("prompt_tokens").GetDouble(), 10_000, 20_000);
        Assert.InRange(plan.RootElement.GetProperty("candidates").EnumerateArray().Max(c => c.GetProperty("cached_tokens").GetDouble()), 200, 400);
    }

    [Theory]
    [InlineData("\"messages\":[]", true)]
    [InlineData("\"prompt\":\"x\"", true)]
    [InlineData("\"input\":\"x\"", true)]
    [InlineData("\"query\":\"x\"", false)]
    public async Task Explain_WhatIsWritten_HasTheCostOfAnAnswer(string prompt, bool isGeneration)
    {
        await using var gateway = await StartAsync();

        using var plan = await ExplainAsync(gateway, HttpMethod.Post, $$"""{"model":"m",{{prompt}}}""");

        Assert.Equal(isGeneration, plan.RootElement.GetProperty("output_tokens").GetDouble() > 0);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Explain_SaysTermByTermWhatItWouldCost_AndAsksNobody(string method)
    {
        await using var gateway = await StartAsync();

        using var plan = await ExplainAsync(gateway, new HttpMethod(method), Body("", User(1)));

        var root = plan.RootElement;
        Assert.Equal("m", root.GetProperty("model").GetString());
        Assert.InRange(root.GetProperty("blocks").GetInt32(), 2, 3);
        Assert.False(root.GetProperty("session").GetBoolean());
        var candidates = root.GetProperty("candidates").EnumerateArray().ToArray();
        Assert.Equal(["a", "b"], candidates.Select(c => c.GetProperty("backend").GetString()));
        Assert.Contains(root.GetProperty("chosen").GetString(), (string[])["a", "b"]);
        Assert.All(candidates, candidate =>
        {
            var cost = candidate.GetProperty("cost").EnumerateObject().ToDictionary(term => term.Name, term => term.Value.GetDouble());
            Assert.Equal(["seat", "prefill", "decode", "eviction", "stickiness", "total"], cost.Keys);
            Assert.Equal(cost.Where(term => term.Key != "total").Sum(term => term.Value), cost["total"], 0.00001);
            Assert.InRange(cost["prefill"], 0.001, 1);
            Assert.Equal(0, candidate.GetProperty("in_flight").GetInt32());
        });
        Assert.Empty(_a.Requests);
        Assert.Empty(_b.Requests);
    }

    [Theory]
    [InlineData("POST", "{\"model\":", 400, "invalid_json", null)]
    [InlineData("POST", "{\"messages\":[]}", 400, "missing_required_parameter", "model")]
    [InlineData("POST", "{\"model\":\"nobody\"}", 404, "model_not_found", "model")]
    [InlineData("DELETE", "{}", 405, "method_not_allowed", null)]
    public async Task Explain_BadRequest_SaysWhy(string method, string body, int status, string code, string? param)
    {
        await using var gateway = await StartAsync();

        using var response = await SendAsync(gateway, new HttpMethod(method), body, "Bearer admin-sekret");

        await response.AssertErrorAsync(status, code, param);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    public async Task Explain_WithoutTheKey_Is401(string? credential)
    {
        await using var gateway = await StartAsync();

        using var response = await SendAsync(gateway, HttpMethod.Post, Body("", User(1)), credential);

        await response.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error");
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task BackendHeader_ForcesOne_AndStaysHere(string more)
    {
        await using var gateway = await StartAsync();
        for (var i = 0; i < Conversations; i++)
        {
            Assert.Equal(Forced(i), await AskAsync(gateway, Body(more, User(i)), ("X-Backend", Forced(i))));
            _time.Advance(Later);
            // What it has by that is remembered like any other.
            Assert.Equal(Forced(i), await AskAsync(gateway, Body(more, User(i))));
        }

        Assert.All(_a.Requests.Concat(_b.Requests), request => Assert.Null(request.Header("X-Backend")));
    }

    // The prompt has been read by then, whatever becomes of its answer.
    [Fact]
    public async Task Stream_CallerLeavesAfterTheFirstContent_ThePromptIsThere()
    {
        await using var gateway = await StartAsync();
        foreach (var server in (ScriptedUpstream[])[_a, _b]) server.Script = Scripts.StallAfter(1, "one two");
        for (var i = 0; i < Conversations; i++) await LeaveAsync(gateway, Body(",\"stream\":true", User(i)), Forced(i));
        _time.Advance(Later);
        foreach (var server in (ScriptedUpstream[])[_a, _b]) server.Script = Scripts.Chat("one two");

        for (var i = 0; i < Conversations; i++) Assert.Equal(Forced(i), await AskAsync(gateway, Body("", User(i))));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("other")]
    public async Task BackendHeader_NotOfTheModel_Is400(string backend)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.PostAsync("/v1/chat/completions", Body("", User(1)), [("X-Backend", backend)]);

        var message = await response.AssertErrorAsync(400, "invalid_value", "X-Backend");
        Assert.Contains($"no backend '{backend}' answers for the model 'm'", message, StringComparison.Ordinal);
        Assert.Empty(_a.Requests.Concat(_b.Requests));
    }

    [Theory]
    [InlineData("X-Session-Id", "")]
    [InlineData(null, ",\"prompt_cache_key\":\"$\"")]
    [InlineData(null, ",\"user\":\"$\"")]
    public async Task Session_OtherPrompt_GoesWhereItWas(string? header, string more)
    {
        await using var gateway = await StartAsync();
        var first = new List<string?>();
        var second = new List<string?>();
        for (var i = 0; i < Conversations; i++) first.Add(await AskAsync(gateway, Of(i, User(i)), Headers(i)));
        for (var i = 0; i < Conversations; i++) second.Add(await AskAsync(gateway, Of(i, User(1000 + i)), Headers(i)));

        Assert.Equal(first, second);
        Assert.Equal(["a", "b"], first.Distinct().Order());
        if (header is not null) Assert.All(_a.Requests.Concat(_b.Requests), request => Assert.StartsWith("session ", request.Header(header), StringComparison.Ordinal));

        string Of(int i, string message) => Body(more.Replace("$", $"session {i}", StringComparison.Ordinal), message);
        (string, string)[] Headers(int i) => header is null ? [] : [(header, $"session {i}")];
    }

    // What is known of servers is in one index for all models that they are asked for, which servers keep apart.
    [Theory]
    [InlineData("m", 1, true)]
    [InlineData("m", 2, true)]
    [InlineData("n", 1, false)]
    [InlineData("n", 2, false)]
    public async Task OtherModelOfTheSameServers_SamePromptOrSession_IsNothingThatTheyHave(string model, int prompt, bool isThere)
    {
        await using var gateway = await StartAsync();
        await AskAsync(gateway, Body(",\"user\":\"u\"", User(1)));

        using var plan = await ExplainAsync(gateway, HttpMethod.Post, Body(",\"user\":\"u\"", User(prompt)).Replace("\"m\"", $"\"{model}\"", StringComparison.Ordinal));

        Assert.Equal(isThere, plan.RootElement.GetProperty("candidates").EnumerateArray().Any(c => c.GetProperty("cached_tokens").GetDouble() > 0));
    }

    // Of its two slots somebody else's call is in the second.
    [Theory]
    [InlineData("", "0")]
    [InlineData(",\"id_slot\":1", "1")]
    [InlineData(",\"id_slot\":-1", "-1")]
    public async Task Slot_OfAServerThatHasSome_IsNamed_UnlessTheCallerDoes(string more, string expected)
    {
        _a.TellsAsLlamaCpp();
        await using var gateway = await StartAsync(health: "");
        await Patience.UntilAsync(() => Probing.BackendOf(gateway, "a").State.Engine?.Slots is not null, "it is recognised");

        Assert.Equal("a", await AskAsync(gateway, Body(more, User(1)), ("X-Backend", "a")));
        Assert.Equal("b", await AskAsync(gateway, Body("", User(2)), ("X-Backend", "b")));

        var slots = Assert.Single(_a.Requests).Json.EnumerateObject().Where(field => field.NameEquals("id_slot"));
        Assert.Equal(expected, Assert.Single(slots).Value.GetRawText());
        Assert.False(Assert.Single(_b.Requests).Json.TryGetProperty("id_slot", out _));
    }

    // Each of its answers would have to wait for the one before, and other endpoints do not know the field.
    [Theory]
    [InlineData("/v1/chat/completions", ",\"n\":2")]
    [InlineData("/v1/completions", ",\"prompt\":[\"one\",\"two\"]")]
    [InlineData("/v1/completions", ",\"prompt\":\"one\",\"best_of\":2")]
    [InlineData("/v1/embeddings", ",\"input\":\"text\"")]
    public async Task Slot_OfACallThatTakesSeveralOrNone_IsNotNamed(string path, string more)
    {
        _a.TellsAsLlamaCpp();
        await using var gateway = await StartAsync(health: "");
        await Patience.UntilAsync(() => Probing.BackendOf(gateway, "a").State.Engine?.Slots is not null, "it is recognised");

        using var response = await gateway.PostAsync(path, Body(more, User(1)), ("X-Backend", "a"));

        Assert.False(Assert.Single(_a.Requests).Json.TryGetProperty("id_slot", out _));
    }

    private static string Forced(int i) => i % 2 == 0 ? "a" : "b";

    private static string Text(string what, int length) => string.Concat(Enumerable.Repeat(what + " ", length))[..length];

    private static string User(int i) => $$"""{"role":"user","content":"{{Text($"question {i}", 600)}}"}""";

    private static string Assistant() => $$"""{"role":"assistant","content":"{{Text("answer", 600)}}"}""";

    private static string Body(string more, params string[] messages) => $$"""{"model":"m","messages":[{{string.Join(',', messages)}}]{{more}}}""";

    private static Task<HttpResponseMessage> SendAsync(TestGateway gateway, HttpMethod method, string body, string? credential)
    {
        var request = new HttpRequestMessage(method, "/admin/route") { Content = new StringContent(body) };
        if (credential is not null) request.Headers.TryAddWithoutValidation("Authorization", credential);
        return gateway.Client.SendAsync(request);
    }

    private static async Task<JsonDocument> ExplainAsync(TestGateway gateway, HttpMethod method, string body)
    {
        using var response = await SendAsync(gateway, method, body, "Bearer admin-sekret");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text);
    }

    // Who answered; nothing is under way any more.
    private static async Task<string?> AskAsync(TestGateway gateway, string body, params (string Name, string Value)[] headers)
    {
        using var response = await gateway.PostAsync("/v1/chat/completions", body, headers);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, answer);
        await Answers.WaitUntilIdleAsync(gateway);
        return Answers.HeaderOf(response, "X-Backend");
    }

    // A streamed call to one server, whose caller goes when the first content is there.
    private static async Task LeaveAsync(TestGateway gateway, string body, string backend)
    {
        using (var caller = await RawCaller.ConnectAsync(gateway.Url))
        {
            await caller.PostAsync("/v1/chat/completions", body, $"X-Backend: {backend}\r\n");
            await caller.ReadUntilAsync("one");
        }

        await Answers.WaitUntilIdleAsync(gateway);
    }

    private Task<TestGateway> StartAsync(string health = "health: off, ") => TestGateway.StartAsync(
        $$"""
        backends:
          - { name: a, {{health}}url: {{_a.Url}} }
          - { name: b, {{health}}url: {{_b.Url}} }
          - { name: other, type: echo }
        models: [{ name: m, backends: [a, b] }, { name: n, backends: [b, a] }]
        """,
        new Dictionary<string, string> { ["ADMIN_KEY"] = "admin-sekret" },
        services => services.AddSingleton<TimeProvider>(_time));
}
