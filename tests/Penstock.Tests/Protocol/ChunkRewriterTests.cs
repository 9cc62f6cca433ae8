using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class ChunkRewriterTests
{
    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"Hello world"}}]}""", """{"choices":[{"index":0,"delta":{"content":" world"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"Hell"}}]}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello!"}}]}""", """{"choices":[{"index":0,"delta":{"content":"!"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"Hello!" , "role":"assistant"}}]}""", """{"choices":[{"index":0,"delta":{"content":"!" }}]}""")]
    [InlineData("""{"choices":[{"text":"Hello\u0021","index":0}]}""", """{"choices":[{"text":"!","index":0}]}""")]
    public void TryRewrite_OfAReplay_LeavesOutWhatWasSaid(string chunk, string expected)
    {
        using var text = Saying("""{"choices":[{"index":0,"delta":{"content":"Hello"}}]}""");

        Assert.Equal(expected, Rewrite(new ChunkRewriter(text, null, hasRole: true, isReplay: true), chunk));
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"Hallo"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"Hello!","role":"assistant","role":"assistant"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call","function":{"name":"f"}}]}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"Hel","reasoning_content":"Hm"}}]}""")]
    public void TryRewrite_OfSomethingElse_IsRefused(string chunk)
    {
        using var text = Saying("""{"choices":[{"index":0,"delta":{"content":"Hello"}}]}""");

        Assert.Null(Rewrite(new ChunkRewriter(text, null, hasRole: true, isReplay: true), chunk));
    }

    // What cannot be told from what was said may not be left out in silence.
    [Theory]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"Hello"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":"Hello"}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":["Hello"]}}]}""")]
    public void TryRewrite_OfContentInAnUnknownPlace_IsRefused(string chunk)
    {
        using var text = Saying("""{"choices":[{"index":0,"delta":{"content":"Hello"}}]}""");

        Assert.Null(Rewrite(new ChunkRewriter(text, null, hasRole: true, isReplay: true), chunk));
        Assert.Null(Rewrite(new ChunkRewriter(text, null, hasRole: true, isReplay: false), chunk));
    }

    // What AnswerScanner takes for the first choice is the first choice here, too.
    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("null")]
    [InlineData("\"1\"")]
    public void TryRewrite_ChoiceWithAnOddIndex_IsTheFirst(string index)
    {
        var chunk = $$$"""{"choices":[{"index":{{{index}}},"delta":{"content":"Hello"}}]}""";
        using var text = Saying(chunk);

        Assert.Equal("Hello", Encoding.UTF8.GetString(text.Text));
        Assert.Equal("", Rewrite(new ChunkRewriter(text, null, hasRole: true, isReplay: true), chunk));
    }

    [Fact]
    public void TryRewrite_OfToolCalls_CountsTheirIdsAsSaid()
    {
        const string First = """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a"}}]}}]}""";
        const string Second = """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_2","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}}]}""";
        const string Expected = """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"","arguments":"\":1}"}}]}}]}""";
        const string Finish = """{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""";
        using var text = Saying(First);
        var rewriter = new ChunkRewriter(text, null, hasRole: true, isReplay: true);

        Assert.Equal("", Rewrite(rewriter, """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":""}}]}}]}"""));
        Assert.Equal(Expected, Rewrite(rewriter, Second));
        Assert.True(rewriter.IsCaughtUp);
        Assert.Equal(Finish, Rewrite(rewriter, Finish));
    }

    [Theory]
    [InlineData(false, 10, 5, 8, 7)]
    [InlineData(false, 1, 5, 0, 6)]
    [InlineData(true, 10, 5, 10, 5)]
    public void TryRewrite_Usage_IsWhatTheCallerWouldHavePaid(bool isReplay, int prompt, int completion, int expectedPrompt, int expectedCompletion)
    {
        using var text = Saying("""{"choices":[{"index":0,"delta":{"content":"Hel"}}]}""", """{"choices":[{"index":0,"delta":{"content":"lo"}}]}""");
        var rewriter = new ChunkRewriter(text, null, hasRole: true, isReplay);

        Assert.Equal(Usage(expectedPrompt, expectedCompletion), Rewrite(rewriter, Usage(prompt, completion)));

        static string Usage(int prompt, int completion) =>
            $$$"""{"choices":[],"usage":{"prompt_tokens":{{{prompt}}},"completion_tokens":{{{completion}}},"total_tokens":15}}""";
    }

    private static StreamText Saying(params string[] chunks)
    {
        var text = new StreamText();
        foreach (var chunk in chunks)
        {
            var bytes = Encoding.UTF8.GetBytes(chunk);
            Assert.True(AnswerScanner.TryScan(bytes, out var facts));
            text.Add(bytes, facts);
        }

        return text;
    }

    private static string? Rewrite(ChunkRewriter rewriter, string chunk)
    {
        var bytes = Encoding.UTF8.GetBytes(chunk);
        Assert.True(AnswerScanner.TryScan(bytes, out var facts));
        return rewriter.TryRewrite(bytes, facts, out var rewritten) ? Encoding.UTF8.GetString(rewritten) : null;
    }
}
