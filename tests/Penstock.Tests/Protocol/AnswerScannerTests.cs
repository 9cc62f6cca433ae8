using System.Text;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class AnswerScannerTests
{
    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""", 1, 2)]
    [InlineData("""{"usage":{"input_tokens":1,"output_tokens":2,"output_tokens_details":{"completion_tokens":9}}}""", 1, 2)]
    [InlineData("""{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":4,"output_tokens":5}}}""", 4, 5)]
    [InlineData("""{"usage":{"prompt_tokens":7}}""", 7, 0)]
    [InlineData("""{"usage":{"prompt_tokens":-1,"completion_tokens":"x"}}""", null, null)]
    [InlineData("""{"usage":{"prompt_tokens":1.5,"completion_tokens":{"a":1}}}""", null, null)]
    [InlineData("""{"usage":null}""", null, null)]
    [InlineData("""{"choices":[{"usage":{"prompt_tokens":1}}]}""", null, null)]
    public void TryScan_Usage_IsFoundWhereServersPutIt(string json, int? prompt, int? completion)
    {
        var usage = Scan(json).Usage;

        Assert.Equal(prompt is null ? null : new TokenUsage(prompt.Value, completion!.Value), usage);
    }

    [Theory]
    [InlineData("""{"timings":{"cache_n":236,"prompt_n":1,"prompt_ms":30.958,"prompt_per_second":32.3,"predicted_n":35,"predicted_per_second":52.9}}""", 236, 1, 30.958, 52.9)]
    [InlineData("""{"timings":{"prompt_n":12}}""", 0, 12, 0, 0)]
    [InlineData("""{"timings":{"cache_n":-1,"prompt_n":"x","prompt_ms":1}}""", null, 0, 0, 0)]
    [InlineData("""{"timings":{"cache_n":1e300,"prompt_n":3}}""", 0, 3, 0, 0)]
    [InlineData("""{"timings":null}""", null, 0, 0, 0)]
    [InlineData("""{"choices":[{"timings":{"prompt_n":12}}]}""", null, 0, 0, 0)]
    public void TryScan_Timings_AreLlamaCpps(string json, int? cached, int prompt, double milliseconds, double perSecond) =>
        Assert.Equal(cached is null ? null : new AnswerTimings(cached.Value, prompt, milliseconds, perSecond), Scan(json).Timings);

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":9,"completion_tokens":1},"timings":{"cache_n":5,"prompt_n":4}}""", 5)]
    [InlineData("""{"timings":{"cache_n":5,"prompt_n":4},"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":3}}}""", 3)]
    // To say 0 and to say nothing are two things.
    [InlineData("""{"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":0}}}""", 0)]
    [InlineData("""{"usage":{"prompt_tokens":9,"prompt_tokens_details":null}}""", null)]
    [InlineData("""{"usage":{"prompt_tokens":9}}""", null)]
    public void TryScan_CachedTokens_AreThoseOfTheTimings_WhereTheUsageHasNone(string json, int? expected) =>
        Assert.Equal(expected, Scan(json).Usage?.CachedTokens);

    [Theory]
    [InlineData("""{"choices":[{"delta":{"role":"assistant"}}]}""", false)]
    [InlineData("""{"choices":[{"delta":{"role":"assistant","content":""}}]}""", false)]
    [InlineData("""{"choices":[{"delta":{"content":null,"tool_calls":[]}}]}""", false)]
    [InlineData("""{"choices":[{"delta":{}}]}""", false)]
    [InlineData("""{"choices":[]}""", false)]
    [InlineData("""{"choices":[{"delta":{"content":"a"}}]}""", true)]
    [InlineData("""{"choices":[{"delta":{"role":"assistant","content":"a"}}]}""", true)]
    [InlineData("""{"choices":[{"delta":{"reasoning_content":"a"}}]}""", true)]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}""", true)]
    [InlineData("""{"choices":[{"delta":{"audio":{"data":"x"}}}]}""", true)]
    [InlineData("""{"choices":[{"text":"a"}]}""", true)]
    [InlineData("""{"choices":[{"text":""}]}""", false)]
    [InlineData("""{"type":"response.output_text.delta","delta":"a"}""", true)]
    public void TryScan_Content_IsWhatAReaderWouldSee(string json, bool expected) => Assert.Equal(expected, Scan(json).HasContent);

    [Fact]
    public void TryScan_Choices_AreCountedByIndex()
    {
        var facts = Scan("""{"choices":[{"index":2,"finish_reason":"stop"},{"index":0,"finish_reason":null},{"finish_reason":"length","index":127}]}""");

        Assert.Equal(3, facts.ChoiceCount);
        Assert.Equal((UInt128.One << 2) | UInt128.One | (UInt128.One << 127), facts.Choices);
        Assert.Equal((UInt128.One << 2) | (UInt128.One << 127), facts.FinishedChoices);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{} {}")]
    [InlineData("{}x")]
    [InlineData("[DONE]")]
    [InlineData("{\"a\":1")]
    public void TryScan_NoObject_IsNoAnswer(string json)
    {
        Assert.False(AnswerScanner.TryScan(Encoding.UTF8.GetBytes(json), out _));
    }

    [Theory]
    [InlineData("""{"error":{"message":"x"}}""", true)]
    [InlineData("""{"error":"x"}""", true)]
    [InlineData("""{"error":null}""", false)]
    [InlineData("""{"choices":[{"error":"x"}]}""", false)]
    public void TryScan_Error_IsOneThatIsNotNull(string json, bool expected) => Assert.Equal(expected, Scan(json).Error.IsPresent);

    // Tools' schemas nest deep, and an answer may repeat them.
    [Fact]
    public void TryScan_DeepAnswer_IsRead() =>
        Assert.True(AnswerScanner.TryScan(Encoding.UTF8.GetBytes("{\"x\":" + new string('[', 250) + new string(']', 250) + "}"), out _));

    [Theory]
    [InlineData("""{"i\ud800":1,"\ud800":2,"id":"x"}""")]
    [InlineData("""{"choices":[{"ind\ud800":1,"delta":{"r\ud800":2}}],"usage":{"p\ud800":1},"id":"x"}""")]
    public void TryScan_NamesThatAreNoText_AreSkipped(string json) =>
        Assert.Equal("\"x\"", Encoding.UTF8.GetString(Scan(json).Id.Of(Encoding.UTF8.GetBytes(json))));

    private static AnswerFacts Scan(string json)
    {
        Assert.True(AnswerScanner.TryScan(Encoding.UTF8.GetBytes(json), out var facts));
        return facts;
    }
}
