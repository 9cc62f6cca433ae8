using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class EchoShapeTests(EchoGateway echo) : IClassFixture<EchoGateway>
{
    private readonly TestGateway _gateway = echo.Gateway;

    [SharedFact]
    public async Task Chat_Whole_IsOpenAisCompletion()
    {
        using var response = await _gateway.ChatAsync("hello");

        var json = await response.JsonAsync();
        Assert.Empty(OpenAiSchema.Validate("CreateChatCompletionResponse", json));
        Assert.True(json.GetProperty("created").GetInt64() > 1_700_000_000);
        Assert.Equal("echo", json.Text("backend"));
    }

    [SharedTheory]
    [InlineData("")]
    [InlineData(",\"stream_options\":{\"include_usage\":true}")]
    public async Task Chat_Streamed_IsOpenAisChunks(string options)
    {
        using var response = await _gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("one two", ",\"stream\":true" + options));

        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.All(stream.Json, chunk => Assert.Empty(OpenAiSchema.Validate("CreateChatCompletionStreamResponse", chunk)));
        Assert.All(stream.Json, chunk => Assert.Equal("echo", chunk.Text("backend")));
    }

    [SharedFact]
    public async Task Others_Whole_AreOpenAisShapes()
    {
        using var completion = await _gateway.PostAsync("/v1/completions", """{"model":"m","prompt":"hi"}""");
        using var embedding = await _gateway.PostAsync("/v1/embeddings", """{"model":"m","input":["a","b"]}""");

        Assert.Empty(OpenAiSchema.Validate("CreateCompletionResponse", await completion.JsonAsync()));
        Assert.Empty(OpenAiSchema.Validate("CreateEmbeddingResponse", await embedding.JsonAsync()));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("")]
    [InlineData(" two  words\\n")]
    [InlineData("é漢😀 x\\u0000y")]
    [InlineData("\\\"quoted\\\" \\\\ back")]
    [InlineData("\\ud83d\\ude00")]
    [InlineData("<b>&amp;</b>")]
    public async Task Chat_StreamedWords_JoinToTheWholeContent(string content)
    {
        using var whole = await _gateway.ChatAsync(content);
        using var streamed = await _gateway.PostAsync("/v1/chat/completions", TestGateway.Chat(content, ",\"stream\":true"));

        var text = (await whole.JsonAsync()).Content();
        Assert.Equal("Echo: " + JsonSerializer.Deserialize<string>($"\"{content}\""), text);
        var stream = SseText.Parse(await streamed.Content.ReadAsStringAsync());
        Assert.Equal(text, stream.Content);
    }

    [Fact]
    public async Task Chat_Streamed_SendsRoleWordsFinishAndDone()
    {
        using var response = await _gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("one two", ",\"stream\":true"));

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        Assert.Equal("echo", Assert.Single(response.Headers.GetValues("X-Backend")));
        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(stream.IsDone);
        Assert.Equal(
            ["""{"role":"assistant","content":""}""", """{"content":"Echo:"}""", """{"content":" one"}""", """{"content":" two"}""", "{}"],
            stream.Json.Select(c => c.GetProperty("choices")[0].GetProperty("delta").GetRawText()));
        Assert.Equal(["null", "null", "null", "null", "\"stop\""], stream.Json.Select(c => c.GetProperty("choices")[0].GetProperty("finish_reason").GetRawText()));
    }

    [Theory]
    [InlineData(",\"stream_options\":{\"include_usage\":true}", 1)]
    [InlineData(",\"stream_options\":{\"include_usage\":false}", 0)]
    [InlineData(",\"stream_options\":{}", 0)]
    [InlineData(",\"stream_options\":null", 0)]
    [InlineData("", 0)]
    public async Task Chat_Streamed_HasUsageIfAskedFor(string options, int count)
    {
        using var response = await _gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("one two", ",\"stream\":true" + options));

        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        var usage = stream.Json.Where(c => c.TryGetProperty("usage", out var u) && u.ValueKind == JsonValueKind.Object).ToList();
        Assert.Equal(count, usage.Count);
        if (count == 0) return;
        Assert.Equal("""{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5}""", usage[0].GetProperty("usage").GetRawText());
        Assert.Equal(0, usage[0].GetProperty("choices").GetArrayLength());
        Assert.Equal("[DONE]", stream.Data[^1]);
        Assert.Equal(usage[0].GetRawText(), stream.Json[^1].GetRawText());
    }

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a "},{"type":"image_url","image_url":{"url":"x"}},{"type":"text","text":"b"}]}]""", "Echo: a b", 2)]
    [InlineData("""[{"role":"user","content":"first"},{"role":"assistant","content":"x"},{"role":"user","content":"last"},{"role":"tool","content":"y"}]""", "Echo: last", 1)]
    [InlineData("""[{"role":"system","content":"only"}]""", "Echo: ", 0)]
    [InlineData("""[{"role":"user"}]""", "Echo: ", 0)]
    [InlineData("""[{"role":"user","content":null}]""", "Echo: ", 0)]
    [InlineData("""[{"role":"user","content":[]}]""", "Echo: ", 0)]
    [InlineData("""[{"role":"user","content":"\ud800"}]""", "Echo: \uFFFD", 1)]
    [InlineData("""[{"r\ud800":1,"role":"user","content":[{"t\ud800":1,"text":"x"}]}]""", "Echo: x", 1)]
    public async Task Chat_Messages_EchoesTheLastUsersText(string messages, string expected, int promptWords)
    {
        using var response = await _gateway.PostAsync("/v1/chat/completions", $$"""{"model":"m","messages":{{messages}}}""");

        var json = await response.JsonAsync();
        Assert.Equal(expected, json.Content());
        Assert.Equal(promptWords, json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(promptWords + 1, json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData(",\"model\":\"gpt-x\"", "gpt-x")]
    [InlineData("", "echo")]
    [InlineData(",\"model\":\"\"", "echo")]
    [InlineData(",\"m\\ud800\":1,\"\\ud800\":2", "echo")]
    public async Task Chat_Model_IsTheRequestedOneOrEcho(string model, string expected)
    {
        using var response = await _gateway.PostAsync("/v1/chat/completions", $$"""{"messages":[{"role":"user","content":"x"}]{{model}}}""");

        Assert.Equal(expected, (await response.JsonAsync()).Text("model"));
    }

    [Fact]
    public async Task Embeddings_SameText_GetTheSameVectorOfLengthOne()
    {
        using var first = await _gateway.PostAsync("/v1/embeddings", """{"input":["a b","c","a b"],"dimensions":8,"d\ud800":1}""");
        var json = await first.JsonAsync();

        var vectors = json.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("embedding").EnumerateArray().Select(v => v.GetDouble()).ToArray()).ToList();

        Assert.Equal(3, vectors.Count);
        Assert.Equal(vectors[0], vectors[2]);
        Assert.NotEqual(vectors[0], vectors[1]);
        Assert.All(vectors, v => Assert.Equal(8, v.Length));
        Assert.All(vectors, v => Assert.Equal(1, v.Sum(x => x * x), 5));
        Assert.Equal(5, json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Theory]
    [InlineData("/v1/embeddings", "{}", "input", "missing_required_parameter")]
    [InlineData("/v1/embeddings", """{"input":{}}""", "input", "invalid_type")]
    [InlineData("/v1/embeddings", """{"input":[]}""", "input", "invalid_type")]
    [InlineData("/v1/embeddings", """{"input":"a","dimensions":0}""", "dimensions", "invalid_value")]
    [InlineData("/v1/completions", "{}", "prompt", "missing_required_parameter")]
    [InlineData("/v1/completions", """{"prompt":5}""", "prompt", "invalid_type")]
    public async Task Others_WrongInput_NameIt(string path, string body, string param, string code)
    {
        using var response = await _gateway.PostAsync(path, body);

        await response.AssertErrorAsync((int)HttpStatusCode.BadRequest, code, param);
    }
}
