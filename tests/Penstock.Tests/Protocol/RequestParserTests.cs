using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class RequestParserTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    [Theory]
    [InlineData("""{}""", "messages", "missing_required_parameter")]
    [InlineData("""{"Messages":[{"role":"user"}]}""", "messages", "missing_required_parameter")]
    [InlineData("""{"messages":null}""", "messages", "invalid_type")]
    [InlineData("""{"messages":"hi"}""", "messages", "invalid_type")]
    [InlineData("""{"messages":{}}""", "messages", "invalid_type")]
    [InlineData("""{"messages":[]}""", "messages", "invalid_value")]
    [InlineData("""{"messages":["hi"]}""", "messages[0]", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user"},null]}""", "messages[1]", "invalid_type")]
    [InlineData("""{"messages":[{"content":"hi"}]}""", "messages[0].role", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user"},{"role":"user"},{"role":5}]}""", "messages[2].role", "invalid_type")]
    [InlineData("""{"messages":[{"role":null}]}""", "messages[0].role", "invalid_type")]
    [InlineData("""{"messages":[{"role":{"a":1}}]}""", "messages[0].role", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", "messages[0].content", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":{"a":1}}]}""", "messages[0].content", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":true}]}""", "messages[0].content", "invalid_type")]
    public void TryParse_WrongMessages_NamesThePlace(string json, string param, string code) => AssertRefused(json, param, code);

    [Theory]
    [InlineData("model", "5", "invalid_type")]
    [InlineData("model", "null", "invalid_type")]
    [InlineData("model", "[\"m\"]", "invalid_type")]
    [InlineData("stream", "1", "invalid_type")]
    [InlineData("stream", "\"true\"", "invalid_type")]
    [InlineData("stream_options", "true", "invalid_type")]
    [InlineData("stream_options", "[]", "invalid_type")]
    [InlineData("max_tokens", "0", "invalid_value")]
    [InlineData("max_tokens", "-1", "invalid_value")]
    [InlineData("max_tokens", "1.5", "invalid_type")]
    [InlineData("max_tokens", "\"5\"", "invalid_type")]
    [InlineData("max_tokens", "[5]", "invalid_type")]
    [InlineData("max_tokens", "1e-400", "invalid_value")]
    [InlineData("max_completion_tokens", "0", "invalid_value")]
    [InlineData("max_completion_tokens", "-1e400", "invalid_value")]
    [InlineData("max_completion_tokens", "true", "invalid_type")]
    [InlineData("temperature", "-0.1", "invalid_value")]
    [InlineData("temperature", "2.1", "invalid_value")]
    [InlineData("temperature", "1e400", "invalid_value")]
    [InlineData("temperature", "\"1\"", "invalid_type")]
    [InlineData("top_p", "-0.1", "invalid_value")]
    [InlineData("top_p", "1.1", "invalid_value")]
    [InlineData("top_p", "{}", "invalid_type")]
    [InlineData("n", "0", "invalid_value")]
    [InlineData("n", "129", "invalid_value")]
    [InlineData("n", "1.5", "invalid_type")]
    [InlineData("n", "\"1\"", "invalid_type")]
    [InlineData("stop", "5", "invalid_type")]
    [InlineData("stop", "{}", "invalid_type")]
    [InlineData("stop", """["a","b","c","d","e"]""", "invalid_value")]
    public void TryParse_WrongField_NamesIt(string field, string value, string code) =>
        AssertRefused($$"""{{{Messages}},"{{field}}":{{value}}}""", field, code);

    [Theory]
    [InlineData("""["a",5]""", "stop[1]")]
    [InlineData("""[["a"]]""", "stop[0]")]
    public void TryParse_StopOfOtherThings_NamesTheFirst(string value, string param) =>
        AssertRefused($$"""{{{Messages}},"stop":{{value}}}""", param, "invalid_type");

    [Theory]
    [InlineData("1")]
    [InlineData("\"yes\"")]
    public void TryParse_WrongIncludeUsage_NamesIt(string value) =>
        AssertRefused($$$"""{{{{Messages}}},"stream_options":{"include_usage":{{{value}}}}}""", "stream_options.include_usage", "invalid_type");

    [Theory]
    [InlineData("max_tokens", "1")]
    [InlineData("max_tokens", "16.0")]
    [InlineData("max_tokens", "1.6e1")]
    [InlineData("max_tokens", "123456789012345678901234567890")]
    [InlineData("max_tokens", "null")]
    [InlineData("temperature", "0")]
    [InlineData("temperature", "-0")]
    [InlineData("temperature", "2.0")]
    [InlineData("temperature", "null")]
    [InlineData("top_p", "1")]
    [InlineData("top_p", "1e-400")]
    [InlineData("n", "1")]
    [InlineData("n", "128")]
    [InlineData("n", "null")]
    [InlineData("stop", "null")]
    [InlineData("stop", "\"a\"")]
    [InlineData("stop", "[]")]
    [InlineData("stop", """["a","b","c","d"]""")]
    [InlineData("stream", "null")]
    [InlineData("stream_options", "null")]
    [InlineData("unknown", """{"a":[1,{"b":null}],"a":2}""")]
    [InlineData("m\\ud800", "1")]
    public void TryParse_RightField_IsAccepted(string field, string value)
    {
        Assert.True(TryParse($$"""{{{Messages}},"{{field}}":{{value}}}""", out _, out var error), error?.Message);
    }

    [Theory]
    [InlineData("\"hi\"")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""[{"type":"text","text":"hi"}]""")]
    public void TryParse_RightContent_IsAccepted(string content) =>
        Assert.True(TryParse($$"""{"messages":[{"role":"user","content":{{content}}}]}""", out _, out _));

    [Fact]
    public void TryParse_ToolCallWithoutContent_IsAccepted() =>
        Assert.True(TryParse("""{"messages":[{"role":"assistant","tool_calls":[{"id":"x"}]}]}""", out _, out _));

    [Theory]
    [InlineData("""{"max_tokens":5,"max_completion_tokens":7}""", 7)]
    [InlineData("""{"max_completion_tokens":7,"max_tokens":5}""", 7)]
    [InlineData("""{"max_completion_tokens":null,"max_tokens":5}""", 5)]
    [InlineData("""{"max_completion_tokens":5,"max_tokens":7}""", 7)]
    [InlineData("""{"max_tokens":7,"max_completion_tokens":5}""", 7)]
    [InlineData("""{"max_output_tokens":9}""", 9)]
    [InlineData("""{"max_tokens":-1}""", null)]
    [InlineData("""{"max_tokens":"many"}""", null)]
    [InlineData("""{"max_tokens":1e9}""", 1_000_000_000)]
    public void TryParse_SeveralLimits_TakesTheLargest(string json, int? expected)
    {
        Assert.True(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out var request, out _));
        Assert.Equal(expected, request.MaxTokens);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"12345678"}]}""", 8)]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"12345678"}]}]}""", 12)]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAAAAAA"}}]}]}""", 9)]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAAAAAA","format":"wav"}}]}]}""", 14)]
    [InlineData("""{"messages":[],"tools":[{"type":"function","function":{"name":"f","strict":true}}]}""", 9)]
    [InlineData("""{"prompt":["1234","5678"]}""", 8)]
    [InlineData("""{"prompt":[1,2,3]}""", 12)]
    [InlineData("""{"input":"1234","instructions":"12"}""", 6)]
    [InlineData("""{"query":"12","documents":["1234",{"text":"12"}]}""", 8)]
    [InlineData("""{"tools":[{"data":"12345678","image_url":{"a":"12"}}],"functions":[{"name":"1234"}]}""", 14)]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","data":{"text":"1234"}}]}]}""", 8)]
    [InlineData("""{"metadata":{"a":"1234"},"user":"1234"}""", 0)]
    public void TryParse_AnyPrompt_CountsItsText(string json, long bytes)
    {
        Assert.True(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out var request, out _));
        Assert.Equal(bytes, request.PromptBytes);
    }

    [Theory]
    [InlineData("""{"prompt":"a"}""", 0, 0)]
    [InlineData("""{"prompt":["a","b","c"]}""", 3, 0)]
    [InlineData("""{"prompt":[1,2,3]}""", 0, 0)]
    [InlineData("""{"prompt":[[1,2],[3]],"best_of":4}""", 2, 4)]
    [InlineData("""{"prompt":"a","n":1000}""", 0, 1000)]
    [InlineData("""{"prompt":"a","best_of":5,"n":9000000000}""", 0, int.MaxValue)]
    public void TryParse_Completion_CountsItsPromptsAndAnswers(string json, int prompts, int bestOf)
    {
        Assert.True(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out var request, out _));
        Assert.Equal((prompts, bestOf), (request.Prompts, request.BestOf));
    }

    [Theory]
    [InlineData("""{"input":"a"}""", 0)]
    [InlineData("""{"input":["a","b"]}""", 2)]
    [InlineData("""{"input":[1,2,3]}""", 0)]
    [InlineData("""{"input":[[1,2],[3],[4]]}""", 3)]
    [InlineData("""{"input":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}""", 0)]
    public void TryParse_Embeddings_CountsItsInputs(string json, int inputs)
    {
        Assert.True(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out var request, out _));
        Assert.Equal((inputs, 0), (request.Inputs, request.Prompts));
    }

    [Theory]
    [InlineData("""{"prompt_logprobs":0}""", true, false)]
    [InlineData("""{"prompt_logprobs":null}""", false, false)]
    [InlineData("""{"echo":true,"logprobs":0}""", true, false)]
    [InlineData("""{"echo":false,"stop":"a","user":"u"}""", false, false)]
    [InlineData("""{"cache_prompt":false}""", true, false)]
    [InlineData("""{"cache_prompt":true}""", false, false)]
    [InlineData("""{"cache_prompt":null,"instructions":"a"}""", false, false)]
    [InlineData("""{"skip_reading_prefix_cache":true}""", true, false)]
    [InlineData("""{"skip_reading_prefix_cache":false,"cache_prompt":true}""", false, false)]
    [InlineData("""{"prompt_logprobs":1,"prompt_logprobs":null}""", true, false)]
    [InlineData("""{"truncate_prompt_tokens":1}""", false, true)]
    [InlineData("""{"truncate_prompt_tokens":null}""", false, false)]
    public void TryParse_WhatTheServerReads_IsKnown(string json, bool isReadAnew, bool isTruncated)
    {
        Assert.True(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out var request, out _));
        Assert.Equal((isReadAnew, isTruncated), (request.IsReadAnew, request.IsTruncated));
    }

    [Theory]
    [InlineData("""{"max_tokens":-1,"temperature":9,"n":0,"stop":5,"top_p":7}""")]
    [InlineData("""{"messages":"anything"}""")]
    [InlineData("""{"messages":[5,{"content":7},{"role":8}]}""")]
    [InlineData("""{}""")]
    public void TryParse_Minimal_ChecksOnlyWhatTheGatewayReads(string json) =>
        Assert.True(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out _, out _));

    [Theory]
    [InlineData("""{"model":5}""", "model")]
    [InlineData("""{"stream":"x"}""", "stream")]
    [InlineData("""{"model":"a","model":"b"}""", "model")]
    public void TryParse_Minimal_StillRefusesWhatItCannotServe(string json, string param)
    {
        Assert.False(RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: false, out _, out var error));
        Assert.Equal(param, error.Param);
    }

    [Fact]
    public void TryParse_SeveralUsers_TakesTheLast()
    {
        var json = """{"messages":[{"role":"user","content":"a"},{"content":[1,"]"],"role":"us\u0065r"},{"role":"assistant","content":"c"}]}"""u8;

        Assert.True(RequestParser.TryParse(json, strict: true, out var request, out _));

        Assert.Equal("""[1,"]"]""", Encoding.UTF8.GetString(request.LastUserContent.Of(json)));
        Assert.Equal(3, request.MessageCount);
    }

    private static void AssertRefused(string json, string param, string code)
    {
        Assert.False(TryParse(json, out _, out var error));
        Assert.Equal((400, "invalid_request_error", code, param), (error!.Status, error.Type, error.Code, error.Param));
        Assert.Contains($"'{param}'", error.Message, StringComparison.Ordinal);
    }

    private static bool TryParse(string json, out ChatRequest request, out ApiError? error) =>
        RequestParser.TryParse(Encoding.UTF8.GetBytes(json), strict: true, out request, out error);
}
