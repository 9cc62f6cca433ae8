using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>OpenAI's own client for .NET, as it is, with nothing changed but the address.</summary>
public sealed class OfficialClientTests : UpstreamTest
{
    [Fact]
    public async Task Chat_IsCompleted()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        var result = await ClientOf(gateway).GetChatClient("m").CompleteChatAsync("hello");

        Assert.Equal("Hello from upstream", result.Value.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, result.Value.FinishReason);
        Assert.Equal(8, result.Value.Usage.TotalTokenCount);
        Assert.Equal(RequestIdOf(result.GetRawResponse()), result.Value.Id);
        Assert.Equal("Bearer sk-test", (await Upstream.WaitForRequestAsync()).Header("Authorization"));
    }

    [Fact]
    public async Task ChatStream_ArrivesWithItsUsage()
    {
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        var text = "";
        ChatTokenUsage? usage = null;
        ChatFinishReason? finish = null;
        await foreach (var update in ClientOf(gateway).GetChatClient("m").CompleteChatStreamingAsync("hello"))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
            finish = update.FinishReason ?? finish;
        }

        Assert.Equal("Hello from upstream", text);
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.Equal(3, usage?.OutputTokenCount);
    }

    [Fact]
    public async Task ToolCall_IsSeenWholeAndStreamed()
    {
        const string call = """{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"}}""";
        Upstream.Script = async exchange =>
        {
            if (!exchange.Request.WantsStream)
            {
                await exchange.JsonAsync(200, $$"""{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{{call}}]},"finish_reason":"tool_calls"}]}""");
                return;
            }

            await exchange.StartSseAsync();
            await exchange.EventAsync(ChatJson.Chunk("""{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]}"""));
            await exchange.EventAsync(ChatJson.Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}"""));
            await exchange.EventAsync(ChatJson.Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"\"Bern\"}"}}]}"""));
            await exchange.EventAsync(ChatJson.FinishChunk("tool_calls"));
            await exchange.EventAsync("[DONE]");
            await exchange.FinishChunksAsync();
        };
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        var chat = ClientOf(gateway).GetChatClient("m");
        var options = new ChatCompletionOptions
        {
            Tools = { ChatTool.CreateFunctionTool("weather", "The weather", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}""")) },
        };

        var whole = await chat.CompleteChatAsync([new UserChatMessage("weather in Bern?")], options);
        var (name, arguments) = ("", "");
        await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage("weather in Bern?")], options))
        {
            foreach (var part in update.ToolCallUpdates)
            {
                name += part.FunctionName;
                arguments += part.FunctionArgumentsUpdate?.ToString();
            }
        }

        Assert.Equal(ChatFinishReason.ToolCalls, whole.Value.FinishReason);
        Assert.Equal(("weather", """{"city":"Bern"}"""), (whole.Value.ToolCalls[0].FunctionName, whole.Value.ToolCalls[0].FunctionArguments.ToString()));
        Assert.Equal(("weather", """{"city":"Bern"}"""), (name, arguments));
        Assert.Equal("weather", Upstream.Requests[0].Json.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Embedding_IsReadFromAnUpstreamAndFromEcho()
    {
        // 1.5 and -2 as little-endian floats.
        Upstream.Script = Scripts.Json(200, """{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AADAPwAAAMA="}],"model":"m","usage":{"prompt_tokens":1,"total_tokens":1}}""");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        await using var echo = await TestGateway.StartAsync();

        var remote = await ClientOf(gateway).GetEmbeddingClient("m").GenerateEmbeddingAsync("hello");
        var local = await ClientOf(echo).GetEmbeddingClient("m").GenerateEmbeddingAsync("hello", new EmbeddingGenerationOptions { Dimensions = 12 });

        Assert.Equal([1.5f, -2f], remote.Value.ToFloats().ToArray());
        Assert.Equal(12, local.Value.ToFloats().Length);
    }

    [Fact]
    public async Task Models_AreListedAndFound()
    {
        Upstream.GetScript = Scripts.Models("meta-llama/Llama-3-8B");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));
        var models = ClientOf(gateway).GetOpenAIModelClient();

        var list = await models.GetModelsAsync();
        var one = await models.GetModelAsync("meta-llama/Llama-3-8B");

        Assert.Equal(["remote", "meta-llama/Llama-3-8B"], list.Value.Select(m => m.Id));
        Assert.Equal("remote", one.Value.OwnedBy);
    }

    [Fact]
    public async Task Echo_IsAChatToo()
    {
        await using var gateway = await TestGateway.StartAsync();
        var chat = ClientOf(gateway).GetChatClient("m");

        var whole = await chat.CompleteChatAsync("one two");
        var streamed = "";
        await foreach (var update in chat.CompleteChatStreamingAsync("one two"))
            streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));

        Assert.Equal("Echo: one two", whole.Value.Content[0].Text);
        Assert.Equal("Echo: one two", streamed);
    }

    [Fact]
    public async Task ChatStream_ThatBreaksOff_RaisesNothingLikeAnEnd()
    {
        Upstream.Script = Scripts.EndAfter(2, "one two three");
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(Upstream.Url));

        var finish = new List<ChatFinishReason?>();
        var broke = await Record.ExceptionAsync(async () =>
        {
            await foreach (var update in ClientOf(gateway).GetChatClient("m").CompleteChatStreamingAsync("hello")) finish.Add(update.FinishReason);
        });

        // What the client makes of an error event is its own affair; what it must not see is a finish.
        Assert.True(broke is not null || finish.TrueForAll(f => f is null), "The answer looks complete.");
    }

    /// <summary>The client. It repeats failed calls by default, which is its right and not what these tests count.</summary>
    internal static OpenAIClient ClientOf(TestGateway gateway, string key = "sk-test") => new(
        new ApiKeyCredential(key),
        new OpenAIClientOptions { Endpoint = new Uri(gateway.Url, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });

    internal static string? RequestIdOf(PipelineResponse response) => response.Headers.TryGetValue("X-Request-ID", out var id) ? id : null;
}
