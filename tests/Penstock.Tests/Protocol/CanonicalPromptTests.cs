using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class CanonicalPromptTests
{
    private const string Plain = """{"model":"m","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""";

    [Theory]
    // White space, the order of the keys, escapes, a text in one part, fields that are no part of the prompt.
    [InlineData("""{ "messages" : [ {"content" : "You are terse.", "role":"system"} , {"role":"user","content":"Hi \u00e9\u000a"} ], "model":"m" }""")]
    [InlineData("""{"model":"m","temperature":1,"stream":true,"messages":[{"role":"system","content":[{"type":"text","text":"You are terse."}]},{"role":"user","content":"Hi é\n","tool_calls":null,"refusal":null}]}""")]
    [InlineData("""{"model":"m","user":"u","n":2,"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n","reasoning_content":"hm, well"}]}""")]
    [InlineData("""{"model":"m","tool_choice":"auto","chat_template_kwargs":null,"messages":[{"role":"system","content":[{"type":"text","text":"You are terse.","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":[{"type":"text","text":"Hi é\n","annotations":[{"url":"x"}],"logprobs":[],"detail":null,"more":{}}]}]}""")]
    public void Write_SamePrompt_IsTheSame(string json) => Assert.Equal(Of(Plain), Of(json));

    [Theory]
    [InlineData("""{"model":"n","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","cache_salt":"s","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","tools":[{"type":"function"}],"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"You are terse.Hi é\n"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n","tool_calls":[{"id":"x"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":[{"type":"text","text":"Hi é\n"},{"type":"image_url","image_url":{"url":"data:,x"}}]}]}""")]
    [InlineData("""{"model":"m","chat_template_kwargs":{"enable_thinking":false},"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","chat_template":"x","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","documents":[{"text":"x"}],"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","tool_choice":"none","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","reasoning_effort":"low","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    [InlineData("""{"model":"m","reasoning":{"effort":"low"},"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Hi é\n"}]}""")]
    public void Write_OtherPrompt_IsAnother(string json) => Assert.NotEqual(Of(Plain), Of(json));

    [Theory]
    [InlineData("""{"model":"m","prompt":"once upon"}""")]
    [InlineData("""{"model":"m","prompt":["once upon"]}""")]
    [InlineData("""{"model":"m","prompt":[1,2,3]}""")]
    [InlineData("""{"model":"m","input":"once upon"}""")]
    [InlineData("""{"model":"m","instructions":"be","input":[{"role":"user","content":[{"type":"input_text","text":"x"}]}]}""")]
    [InlineData("""{"model":"m","functions":[{"name":"f"}],"messages":[]}""")]
    public void Write_OtherShapes_HaveText(string json) => Assert.NotEqual(Of("""{"model":"m"}"""), Of(json));

    [Theory]
    [InlineData("image_url", "\"image_url\":{\"url\":\"data:image/png;base64,$\"}")]
    [InlineData("input_audio", "\"input_audio\":{\"data\":\"$\",\"format\":\"wav\"}")]
    public void Write_Binary_IsOneDigestHoweverLong(string type, string field)
    {
        var small = $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"{{{type}}}",{{{field.Replace("$", "AAAA", StringComparison.Ordinal)}}}}]}]}""";
        var large = $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"{{{type}}}",{{{field.Replace("$", new string('A', 100_000), StringComparison.Ordinal)}}}}]}]}""";

        Assert.Empty(ChainOf(large).Blocks);
        Assert.NotEqual(Of(small), Of(large));
    }

    // A template lays them out before all else, so that no block is the same; in what order they were written says nothing.
    [Fact]
    public void Write_TemplateFields_ChangeThePromptFromItsBeginning()
    {
        var messages = "\"messages\":[{\"role\":\"user\",\"content\":\"" + new string('q', 600) + "\"}]";
        const string Thinking = "\"chat_template_kwargs\":{\"a\":1}", Effort = "\"reasoning_effort\":\"low\"";
        var plain = ChainOf("{\"model\":\"m\"," + messages + "}").Blocks;
        var one = ChainOf("{\"model\":\"m\"," + Thinking + "," + Effort + "," + messages + "}").Blocks;
        var other = ChainOf("{\"model\":\"m\"," + messages + "," + Effort + "," + Thinking + "}").Blocks;

        Assert.Equal(one, other);
        Assert.NotEqual(plain[0], one[0]);
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"$"}]}""", 0, true)]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","reasoning_content":"$","content":"x"}]}""", 1000, true)]
    [InlineData("""{"model":"m","query":"$","documents":["$"]}""", 2000, false)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"refusal","refusal":"$"}]}]}""", 1000, false)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"$"}}]}]}""", 0, false)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x","a":"1","b":"1","c":"1","d":"1","e":"1","f":"1","g":"1","h":"1","i":"$"}]}""", 1000, false)]
    public void Write_TextThatIsNotLaidOut_IsCounted(string json, int omitted, bool isWhole)
    {
        using var chain = new PrefixChain();
        Write(json.Replace("$", new string('t', 1000), StringComparison.Ordinal), chain);

        Assert.Equal((omitted, isWhole), (chain.Omitted, chain.IsWhole));
    }

    [Fact]
    public void BeginAnswer_Answer_IsTheBeginningOfTheNextTurn()
    {
        var question = new string('q', 600);
        var answer = string.Concat(Enumerable.Repeat("An answer of some length.\n", 60));
        var first = $$"""{"model":"m","messages":[{"role":"user","content":"{{question}}"}]}""";
        var second = $$"""{"model":"m","messages":[{"role":"user","content":"{{question}}"},{"role":"assistant","content":"{{answer.Replace("\n", "\\n", StringComparison.Ordinal)}}"},{"role":"user","content":"And then?"}]}""";
        using var chain = new PrefixChain();
        Write(first, chain);
        CanonicalPrompt.BeginAnswer(chain);
        chain.AppendString(Encoding.UTF8.GetBytes(answer.Replace("\n", "\\n", StringComparison.Ordinal)));

        Assert.InRange(chain.Blocks.Length, 8, 9);
        Assert.Equal(chain.Blocks.ToArray(), ChainOf(second).Blocks[..chain.Blocks.Length]);
    }

    private static string Of(string json)
    {
        var (blocks, tail) = ChainOf(json);
        return $"{string.Join(',', blocks)}|{tail}";
    }

    private static (ulong[] Blocks, ulong Tail) ChainOf(string json)
    {
        using var chain = new PrefixChain();
        Write(json, chain);
        return (chain.Blocks.ToArray(), chain.Tail);
    }

    private static void Write(string json, PrefixChain chain)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.True(RequestParser.TryParse(bytes, strict: false, out var request, out _));
        CanonicalPrompt.Write(bytes, request, chain);
    }
}
