using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>The echo backend beyond chat: completions and embeddings are valid, the rest says why it is not there.</summary>
public sealed class EchoRoutesTests
{
    [SharedFact]
    public async Task Completion_IsValid()
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await gateway.PostAsync("/v1/completions", """{"model":"gpt-x","prompt":["one two","three"]}""");

        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(OpenAiSchema.Validate("CreateCompletionResponse", body));
        using var json = JsonDocument.Parse(body);
        Assert.Equal("Echo: one two\nthree", json.RootElement.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal("gpt-x", json.RootElement.GetProperty("model").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(4, json.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CompletionStream_SaysTheSame_WithUsageIfAsked(bool usage)
    {
        await using var gateway = await TestGateway.StartAsync();
        var options = usage ? ",\"stream_options\":{\"include_usage\":true}" : "";

        using var response = await gateway.PostAsync("/v1/completions", $$"""{"model":"m","prompt":"one two","stream":true{{options}}}""");

        var stream = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(stream.IsDone);
        var choices = stream.Json.Select(c => c.GetProperty("choices")).Where(c => c.GetArrayLength() > 0).Select(c => c[0]).ToArray();
        Assert.Equal("Echo: one two", string.Concat(choices.Select(c => c.GetProperty("text").GetString())));
        Assert.Equal("stop", choices[^1].GetProperty("finish_reason").GetString());
        Assert.Equal(usage, stream.Json[^1].TryGetProperty("usage", out var counted) && counted.GetProperty("prompt_tokens").GetInt32() == 2);
        Assert.Contains("prompt_tokens=2 completion_tokens=3", await gateway.WaitForLogAsync("status=200"), StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Embeddings_AreValidAndDeterministic()
    {
        await using var gateway = await TestGateway.StartAsync();

        var first = await EmbedAsync(gateway, """{"model":"m","input":["hello","world","hello"],"dimensions":8}""");
        var again = await EmbedAsync(gateway, """{"model":"m","input":"hello","dimensions":8}""");

        Assert.Empty(OpenAiSchema.Validate("CreateEmbeddingResponse", first));
        var vectors = Vectors(first);
        Assert.Equal(3, vectors.Length);
        Assert.Equal(vectors[0], vectors[2]);
        Assert.NotEqual(vectors[0], vectors[1]);
        Assert.Equal(vectors[0], Vectors(again)[0]);
        Assert.Equal(8, vectors[0].Length);
        Assert.Equal(1, vectors[0].Sum(x => (double)x * x), 3);
    }

    [Fact]
    public async Task Embeddings_AsBase64_AreTheSameFloats()
    {
        await using var gateway = await TestGateway.StartAsync();

        var floats = await EmbedAsync(gateway, """{"model":"m","input":"hello","encoding_format":"float"}""");
        var base64 = await EmbedAsync(gateway, """{"model":"m","input":"hello","encoding_format":"base64"}""");

        using var json = JsonDocument.Parse(base64);
        var bytes = json.RootElement.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(Vectors(floats)[0], MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    [Theory]
    [InlineData("/v1/responses")]
    [InlineData("/v1/rerank")]
    [InlineData("/v1/moderations")]
    [InlineData("/v1/audio/speech")]
    [InlineData("/v1/images/generations")]
    public async Task OtherRoutes_Are404_WithAReason(string path)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await gateway.PostAsync(path, """{"model":"m","input":"x"}""");

        var message = await Answers.AssertErrorAsync(response, 404, "not_found", backend: "echo");
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains("echo", message, StringComparison.Ordinal);
        Assert.Contains("type: http", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/embeddings", "{}", "missing_required_parameter", "input")]
    [InlineData("/v1/embeddings", "{\"input\":7}", "invalid_type", "input")]
    [InlineData("/v1/embeddings", "{\"input\":\"x\",\"dimensions\":0}", "invalid_value", "dimensions")]
    [InlineData("/v1/completions", "{}", "missing_required_parameter", "prompt")]
    [InlineData("/v1/completions", "{\"prompt\":{}}", "invalid_type", "prompt")]
    public async Task WhatIsMissing_IsNamed(string path, string body, string code, string param)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await gateway.PostAsync(path, body);

        await Answers.AssertErrorAsync(response, 400, code, backend: "echo", param);
    }

    private static async Task<string> EmbedAsync(TestGateway gateway, string body)
    {
        using var response = await gateway.PostAsync("/v1/embeddings", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static float[][] Vectors(string body)
    {
        using var json = JsonDocument.Parse(body);
        return [.. json.RootElement.GetProperty("data").EnumerateArray()
            .Select(d => d.GetProperty("embedding").EnumerateArray().Select(x => x.GetSingle()).ToArray())];
    }
}
