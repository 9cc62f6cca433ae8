using System.Text;
using Penstock.Forwarding;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>What is an answer, what is the promise of one, and what is neither.</summary>
public sealed class StreamOpeningTests
{
    private const string Role = """{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""";
    private const string Said = """{"choices":[{"index":0,"delta":{"content":"Hi"}}]}""";

    [Theory]
    [InlineData(AnswerShape.Chat, Role)]
    [InlineData(AnswerShape.Chat, """{"choices":[],"prompt_filter_results":[{"x":1}]}""")]
    [InlineData(AnswerShape.Chat, """{"choices":[{"index":0,"delta":{"content":null,"tool_calls":[]}}]}""")]
    [InlineData(AnswerShape.Chat, " ")]
    [InlineData(AnswerShape.Completion, """{"choices":[{"index":0,"text":""}]}""")]
    [InlineData(AnswerShape.Response, """{"type":"response.created","response":{}}""")]
    [InlineData(AnswerShape.Response, """{"type":"response.in_progress","response":{}}""")]
    [InlineData(AnswerShape.Response, """{"type":"response.queued","response":{}}""")]
    internal void Take_APromise_IsHeld(AnswerShape shape, string data) => Assert.False(After(shape, data).IsOver);

    [Theory]
    [InlineData(AnswerShape.Chat, Said)]
    [InlineData(AnswerShape.Chat, """{"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}""")]
    [InlineData(AnswerShape.Chat, """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c"}]}}]}""")]
    [InlineData(AnswerShape.Chat, """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""")]
    [InlineData(AnswerShape.Chat, """{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":0}}""")]
    [InlineData(AnswerShape.Completion, """{"choices":[{"index":0,"text":"Hi"}]}""")]
    [InlineData(AnswerShape.Response, """{"type":"response.output_item.added","item":{}}""")]
    [InlineData(AnswerShape.Json, "anything")]
    [InlineData(AnswerShape.Json, "{}")]
    internal void Take_AnAnswer_IsOver(AnswerShape shape, string data)
    {
        var opening = After(shape, data);

        Assert.True(opening.IsOver);
        Assert.Null(opening.Error);
        Assert.Null(opening.Nonsense);
    }

    [Theory]
    [InlineData(AnswerShape.Chat)]
    [InlineData(AnswerShape.Completion)]
    [InlineData(AnswerShape.Response)]
    [InlineData(AnswerShape.Json)]
    internal void Take_AnError_IsThatError(AnswerShape shape)
    {
        const string Error = """{"error":{"message":"no"}}""";

        Assert.Equal(Error, Encoding.UTF8.GetString(After(shape, Error).Error!));
    }

    [Fact]
    public void Take_AnErrorAfterTheRole_IsAnErrorStill()
    {
        var opening = After(AnswerShape.Chat, Role, """{"error":{"message":"no"}}""");

        Assert.True(opening.IsOver);
        Assert.NotNull(opening.Error);
    }

    [Fact]
    public void Take_NoJson_IsNonsenseFirstAndLeftOutLater()
    {
        Assert.NotNull(After(AnswerShape.Chat, "<html>").Nonsense);

        var opening = After(AnswerShape.Chat, Role, "{\"choices\":");
        Assert.False(opening.IsOver);
        Assert.Null(opening.Nonsense);
    }

    [Theory]
    [InlineData(AnswerShape.Chat, true, Role, "[DONE]")]
    [InlineData(AnswerShape.Chat, true, "[DONE]")]
    [InlineData(AnswerShape.Completion, true, "[DONE]")]
    [InlineData(AnswerShape.Json, false, "[DONE]")]
    internal void Take_DoneBeforeAnything_IsNoCompletion(AnswerShape shape, bool isNonsense, params string[] data)
    {
        var opening = After(shape, data);

        Assert.True(opening.IsOver);
        Assert.Equal(isNonsense, opening.Nonsense is not null);
    }

    [Theory]
    [InlineData(AnswerShape.Chat, true)]
    [InlineData(AnswerShape.Chat, true, Role)]
    [InlineData(AnswerShape.Json, true)]
    [InlineData(AnswerShape.Response, false, """{"type":"response.created"}""")]
    internal void End_OfTheBody_Decides(AnswerShape shape, bool isNonsense, params string[] data)
    {
        var opening = After(shape, data);
        opening.End();

        Assert.True(opening.IsOver);
        Assert.Equal(isNonsense, opening.Nonsense is not null);
    }

    [Fact]
    public void Take_PromisesWithoutEnd_AreNotHeldForEver() =>
        Assert.True(After(AnswerShape.Chat, [.. Enumerable.Repeat(Role, 32)]).IsOver);

    private static StreamOpening After(AnswerShape shape, params string[] data)
    {
        var buffer = Encoding.UTF8.GetBytes(": a comment\n\n" + string.Concat(data.Select(d => $"data: {d}\n\n")));
        var opening = new StreamOpening(shape);
        var scanner = default(SseScanner);
        while (!opening.IsOver && scanner.TryRead(buffer, out var found)) opening.Take(buffer, found);
        return opening;
    }
}
