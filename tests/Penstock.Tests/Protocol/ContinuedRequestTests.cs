using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class ContinuedRequestTests
{
    private const string User = """{"role":"user","content":"hi"}""";

    private static readonly Gen<Case> Cases =
        from order in Gen.Shuffle(
            $$"""{{" "}}"messages" : [ {{User}} ]""", "\"model\":\"m\"", "\"stream\":true", "\"n\":1", "\"logprobs\":false",
            "\"response_format\":{\"type\": \"text\"}", "\"max_tokens\":100", "\"max_completion_tokens\" : 3", "\"x\":{\"messages\":[]}")
        from said in Gen.Elements("", "Hello", "\"\\\n\u0001é漢😀", "</script>", new string('x', 5000))
        from tokens in Gen.Elements(0, 1, 3, 7)
        from asks in Gen.Elements(false, true)
        select new Case("{ " + string.Join(" ,", order) + " }", said, tokens, asks);

    [Fact]
    public void TryWrite_AnyRequest_AddsAMessageAndLowersTheLimits() => ForAll.Check(Cases, c =>
    {
        var expected = JsonNode.Parse(c.Json)!.AsObject();
        expected["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = c.Said });
        expected["max_tokens"] = Math.Max(1, 100 - c.Tokens);
        expected["max_completion_tokens"] = Math.Max(1, 3 - c.Tokens);
        if (c.Asks)
        {
            expected["continue_final_message"] = true;
            expected["add_generation_prompt"] = false;
        }

        var written = JsonNode.Parse(Write(c.Json, c.Said, c.Tokens, c.Asks)!)!;

        Assert.True(JsonNode.DeepEquals(expected, written), written.ToJsonString());
    });

    [Theory]
    [InlineData("""{"messages":[U],"n":2}""")]
    [InlineData("""{"messages":[U],"logprobs":true}""")]
    [InlineData("""{"messages":[U],"response_format":{"type":"json_object"}}""")]
    [InlineData("""{"messages":[U],"response_format":{"type":"json_schema","json_schema":{"name":"text","schema":{"properties":{"text":{}}}}}}""")]
    [InlineData("""{"messages":[U],"structured_outputs":{"choice":["text"]}}""")]
    [InlineData("""{"messages":[U],"guided_json":{}}""")]
    [InlineData("""{"messages":[U],"grammar":"root"}""")]
    [InlineData("""{"messages":[U],"grammar":"text"}""")]
    [InlineData("""{"messages":[U,{"role":"assistant","content":"I"}]}""")]
    [InlineData("""{"messages":[U,{"content":"I","role":"\u0061ssistant"}]}""")]
    [InlineData("""{"messages":[]}""")]
    [InlineData("""{"messages":[ ]}""")]
    [InlineData("""{"messages":{}}""")]
    [InlineData("""{"model":"m"}""")]
    [InlineData("""{"messages":[U],"messages":[]}""")]
    [InlineData("""{"messages":[U],"n":1,"n":2}""")]
    [InlineData("""{"messages":[U],"\u006e":2}""")]
    public void TryWrite_WhatCannotBeContinued_IsNull(string json) =>
        Assert.Null(Write(json.Replace("U", User, StringComparison.Ordinal), "said", 1, false));

    // Deeper than it is read: what comes after that may be anything.
    [Fact]
    public void TryWrite_TooDeep_IsNull()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 70)) + string.Concat(Enumerable.Repeat("]", 70));
        Assert.Null(Write($$"""{"messages":[{{User}}],"tools":{{deep}},"n":2}""", "said", 1, false));
    }

    [Theory]
    [InlineData("""{"\u006dessages":[U]}""", """{"\u006dessages":[U,A]}""")]
    [InlineData("""{"messages":[],"messages":[U]}""", """{"messages":[],"messages":[U,A]}""")]
    [InlineData("""{"messages":[U],"n":null}""", """{"messages":[U,A],"n":null}""")]
    [InlineData("""{"messages":[U],"response_format":null}""", """{"messages":[U,A],"response_format":null}""")]
    [InlineData("""{"messages":[U],"max_tokens":null}""", """{"messages":[U,A],"max_tokens":null}""")]
    [InlineData("""{"messages":[U],"max_tokens":-1}""", """{"messages":[U,A],"max_tokens":-1}""")]
    [InlineData("""{"messages":[U],"max_tokens":5}""", """{"messages":[U,A],"max_tokens":3}""")]
    [InlineData("""{"messages":[{"role":"assistant","content":"I"},U]}""", """{"messages":[{"role":"assistant","content":"I"},U,A]}""")]
    public void TryWrite_Request_IsEditedInPlace(string json, string expected) => Assert.Equal(
        expected.Replace("U", User, StringComparison.Ordinal).Replace("A", """{"role":"assistant","content":"said"}""", StringComparison.Ordinal),
        Write(json.Replace("U", User, StringComparison.Ordinal), "said", 2, false));

    private static string? Write(string json, string said, int tokens, bool asks)
    {
        var written = ContinuedRequest.TryWrite(Encoding.UTF8.GetBytes(json), Encoding.UTF8.GetBytes(said), tokens, asks);
        if (written is null) return null;
        JsonDocument.Parse(written).Dispose();
        return Encoding.UTF8.GetString(written);
    }

    private sealed record Case(string Json, string Said, int Tokens, bool Asks);
}
