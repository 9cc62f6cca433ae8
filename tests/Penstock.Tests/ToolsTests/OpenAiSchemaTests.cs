using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.ToolsTests;

public sealed class OpenAiSchemaTests
{
    private const string Own =
        """
        {"components":{"schemas":{
          "Thing":{"type":"object","required":["name"],"properties":{
            "name":{"type":"string","minLength":1,"maxLength":3},
            "count":{"type":"integer","minimum":0,"maximum":9},
            "ratio":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1},
            "above":{"type":"number","minimum":1,"exclusiveMinimum":true},
            "flag":{"type":"boolean"},
            "maybe":{"type":"string","nullable":true},
            "either":{"type":["string","null"]},
            "kind":{"type":"string","enum":["a","b"]},
            "fixed":{"const":{"x":1}},
            "list":{"type":"array","items":{"$ref":"#/components/schemas/Item"},"minItems":1,"maxItems":2},
            "any":{"anyOf":[{"type":"string"},{"type":"object","required":["x"]}]},
            "one":{"oneOf":[{"type":"integer"},{"type":"number","minimum":5}]},
            "all":{"allOf":[{"required":["x"]},{"required":["y"]}]},
            "never":false,"free":true,
            "map":{"type":"object","additionalProperties":{"type":"string"}}}},
          "Item":{"type":"object","title":"An item","x-mine":1,"properties":{"id":{"type":"integer"}},"additionalProperties":false}
        }}}
        """;

    private static readonly OpenAiSchema Schema = new(Json(Own));

    [Theory]
    [InlineData("""{"name":"abc","count":9,"ratio":0.5,"above":1.1,"flag":true,"maybe":null,"either":null,"kind":"a"}""")]
    [InlineData("""{"name":"äöü","fixed":{"x":1},"list":[{},{"id":1}],"any":{"x":0},"one":5.5,"all":{"x":1,"y":2}}""")]
    [InlineData("""{"name":"a","count":2.0,"free":[null],"map":{"a":"b"},"another":"property","any":"s","one":1}""")]
    public void Valid_HasNoErrors(string json) => Assert.Empty(Schema.Check("Thing", Json(json)));

    [Theory]
    [InlineData("$", "[]")]
    [InlineData("$", "null")]
    [InlineData("$.name", "{}")]
    [InlineData("$.name", """{"name":null}""")]
    [InlineData("$.name", """{"name":""}""")]
    [InlineData("$.name", """{"name":"abcd"}""")]
    [InlineData("$.name", """{"name":"a","name":"a"}""")]
    [InlineData("$.count", """{"name":"a","count":1.5}""")]
    [InlineData("$.count", """{"name":"a","count":"1"}""")]
    [InlineData("$.count", """{"name":"a","count":-1}""")]
    [InlineData("$.count", """{"name":"a","count":10}""")]
    [InlineData("$.ratio", """{"name":"a","ratio":0}""")]
    [InlineData("$.ratio", """{"name":"a","ratio":1}""")]
    [InlineData("$.above", """{"name":"a","above":1}""")]
    [InlineData("$.flag", """{"name":"a","flag":"true"}""")]
    [InlineData("$.maybe", """{"name":"a","maybe":1}""")]
    [InlineData("$.either", """{"name":"a","either":1}""")]
    [InlineData("$.kind", """{"name":"a","kind":"c"}""")]
    [InlineData("$.fixed", """{"name":"a","fixed":{"x":2}}""")]
    [InlineData("$.list", """{"name":"a","list":[]}""")]
    [InlineData("$.list", """{"name":"a","list":[{},{},{}]}""")]
    [InlineData("$.list[1].id", """{"name":"a","list":[{},{"id":"x"}]}""")]
    [InlineData("$.list[0].other", """{"name":"a","list":[{"other":1}]}""")]
    [InlineData("$.any", """{"name":"a","any":1}""")]
    [InlineData("$.any", """{"name":"a","any":{}}""")]
    [InlineData("$.one", """{"name":"a","one":1.5}""")]
    [InlineData("$.one", """{"name":"a","one":6}""")]
    [InlineData("$.all.y", """{"name":"a","all":{"x":1}}""")]
    [InlineData("$.never", """{"name":"a","never":1}""")]
    [InlineData("$.map.k", """{"name":"a","map":{"k":1}}""")]
    public void Invalid_IsNamedByItsPath(string path, string json)
    {
        var error = Assert.Single(Schema.Check("Thing", Json(json)));
        Assert.StartsWith(path + ": ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownKeywordOrSchema_IsNotPassedOver()
    {
        var error = Assert.Throws<NotSupportedException>(() => new OpenAiSchema(
            Json("""{"components":{"schemas":{"A":{"properties":{"b":{"pattern":"x"}}}}}}""")));
        Assert.Contains("A/properties/b/pattern", error.Message, StringComparison.Ordinal);
        Assert.Throws<KeyNotFoundException>(() => Schema.Check("Nowhere", Json("{}")));
    }

    [SharedFact]
    public void ScriptedAnswers_AreOpenAis()
    {
        Assert.Empty(OpenAiSchema.Validate("CreateChatCompletionResponse", ChatJson.Completion("hi")));
        string[] chunks = [ChatJson.RoleChunk(), ChatJson.ContentChunk("a"), ChatJson.FinishChunk(), ChatJson.UsageChunk(1, 2)];
        foreach (var chunk in chunks)
            Assert.Empty(OpenAiSchema.Validate("CreateChatCompletionStreamResponse", chunk));
        Assert.Empty(OpenAiSchema.Validate("ErrorResponse", ChatJson.Error("no", "invalid_request_error", "x", "model")));
    }

    [SharedTheory]
    [InlineData("$.choices[0].message.refusal", "\"refusal\":null", "\"other\":null")]
    [InlineData("$.choices[0].logprobs", "\"logprobs\":null,", "")]
    [InlineData("$.choices[0].finish_reason", "\"stop\"", "\"done\"")]
    [InlineData("$.created", "\"created\":1700000000", "\"created\":\"now\"")]
    [InlineData("$.object", "\"chat.completion\"", "\"completion\"")]
    [InlineData("$.usage.total_tokens", "\"total_tokens\":6", "\"tokens\":6")]
    public void SpoiledCompletion_IsRefused(string path, string part, string instead)
    {
        var good = ChatJson.Completion("hi");
        var spoiled = good.Replace(part, instead, StringComparison.Ordinal);
        Assert.NotEqual(good, spoiled);
        Assert.Contains(
            OpenAiSchema.Validate("CreateChatCompletionResponse", spoiled),
            e => e.Contains(path + ": ", StringComparison.Ordinal));
    }

    [Fact]
    public void SharedFolder_IsFoundBesideTheSolution_OrNot()
    {
        var root = Directory.CreateTempSubdirectory("penstock-shared-");
        try
        {
            var deep = root.CreateSubdirectory("checkout/tests/bin");
            Assert.Null(SharedFiles.Find(deep.FullName));
            File.WriteAllText(Path.Combine(root.FullName, "checkout", "Penstock.slnx"), "");
            Assert.Null(SharedFiles.Find(deep.FullName));
            Assert.NotNull(SharedFiles.Missing(null, "a"));

            var shared = root.CreateSubdirectory("shared").FullName;
            Assert.Equal(shared, SharedFiles.Find(deep.FullName));
            Assert.NotNull(SharedFiles.Missing(shared, "a"));
            File.WriteAllText(Path.Combine(shared, "a"), "");
            Assert.Null(SharedFiles.Missing(shared, "a"));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
