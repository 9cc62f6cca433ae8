using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class AnswerEditsProperties
{
    private static readonly Gen<string> RequestId = Gen.Elements("req-1", "a\"b\\c", "</script>", "'", new string('x', 128));

    [Fact]
    public void For_AnyAnswer_OwnsIdAndBackendAndNothingElse() => ForAll.Check(Gen.Zip(AnswerTexts.Answer, RequestId), c =>
    {
        var (json, requestId) = c;
        Assert.True(AnswerScanner.TryScan(json, out var facts));

        var edited = Edit(json, requestId, facts);

        using var before = JsonDocument.Parse(json);
        using var after = JsonDocument.Parse(edited);
        AssertReaderFinds(requestId, Values(after, "id"));
        AssertReaderFinds("gpu \"1\"", Values(after, "backend"));
        Assert.Equal(Math.Max(1, Values(before, "id").Count), Values(after, "id").Count);
        Assert.Equal(Math.Max(1, Values(before, "backend").Count), Values(after, "backend").Count);
        Assert.Equal(Others(before), Others(after));
        AssertOuterBytes(json, edited);
    }, 2000);

    [Theory]
    [InlineData("{}", """{"id":"r","backend":"b"}""")]
    [InlineData("{ }", """{"id":"r","backend":"b" }""")]
    [InlineData("""{"a":1}""", """{"id":"r","backend":"b","a":1}""")]
    [InlineData("""{"a":1,"id":"x"}""", """{"a":1,"id":"r","backend":"b"}""")]
    [InlineData("""{"id" : null , "a":1}""", """{"id" : "r","backend":"b" , "a":1}""")]
    [InlineData("""{"backend":"x"}""", """{"id":"r","backend":"b"}""")]
    [InlineData("""{"backend":{"id":1},"id":[1]}""", """{"backend":"b","id":"r"}""")]
    [InlineData("""{"id":"x","id":"y"}""", """{"id":"r","backend":"b","id":"r"}""")]
    [InlineData("""{"id":{},"id":"y","id":null}""", """{"id":"r","backend":"b","id":"y","id":"r"}""")]
    [InlineData("""{"i\u0064":"x"}""", """{"i\u0064":"r","backend":"b"}""")]
    [InlineData("""{"choices":[{"id":"x"}],"id":"y"}""", """{"choices":[{"id":"x"}],"id":"r","backend":"b"}""")]
    public void For_Answer_EditsInPlace(string json, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.True(AnswerScanner.TryScan(bytes, out var facts));
        var splice = new AnswerEdits("r", "\"b\""u8.ToArray()).For(facts);
        var edited = new byte[bytes.Length + splice.Growth];

        splice.CopyTo(bytes, edited);

        Assert.Equal(expected, Encoding.UTF8.GetString(edited));
    }

    private static byte[] Edit(byte[] json, string requestId, AnswerFacts facts)
    {
        var splice = new AnswerEdits(requestId, JsonText.Quote("gpu \"1\"")).For(facts);
        var edited = new byte[json.Length + splice.Growth];
        splice.CopyTo(json, edited);
        return edited;
    }

    private static List<JsonElement> Values(JsonDocument document, string name) =>
        [.. document.RootElement.EnumerateObject().Where(p => Is(p, name)).Select(p => p.Value)];

    private static List<string> Others(JsonDocument document) =>
        [.. document.RootElement.EnumerateObject().Where(p => !Is(p, "id") && !Is(p, "backend")).Select(p => p.ToString())];

    // Of members with the same name some readers take the first one and most the last; none takes one between.
    private static void AssertReaderFinds(string expected, List<JsonElement> values)
    {
        Assert.Equal(expected, values[0].GetString());
        Assert.Equal(expected, values[^1].GetString());
    }

    private static bool Is(JsonProperty property, string name)
    {
        try
        {
            return property.Name == name;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // White space around the object stays.
    private static void AssertOuterBytes(byte[] json, byte[] edited)
    {
        var text = Encoding.UTF8.GetString(json);
        var result = Encoding.UTF8.GetString(edited);
        Assert.StartsWith(text[..(text.IndexOf('{', StringComparison.Ordinal) + 1)], result, StringComparison.Ordinal);
        Assert.EndsWith(text[text.LastIndexOf('}')..], result, StringComparison.Ordinal);
    }
}
