using System.Text;
using Penstock.Forwarding;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>What of a request a server that reads it can use, and what it holds afterwards.</summary>
public sealed class ConversationPromptTests
{
    // Two blocks of text in each.
    private static readonly string Text = new('t', 512);

    [Theory]
    [InlineData("""{"model":"m","prompt":"$"}""", 2, 2)]
    [InlineData("""{"model":"m","prompt":["$"]}""", 2, 2)]
    [InlineData("""{"model":"m","prompt":["$","$"]}""", 0, 0)]
    [InlineData("""{"model":"m","input":["$","$"]}""", 0, 0)]
    [InlineData("""{"model":"m","input":[{"role":"user","content":"$"},{"role":"user","content":"$"}]}""", 4, 4)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"$"}],"truncate_prompt_tokens":1}""", 0, 0)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"$"}],"prompt_logprobs":0}""", 0, 2)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"$"}],"cache_prompt":false}""", 0, 2)]
    public void Prompt_OfARequest_HasWhatAServerUses_AndThenHolds(string body, int used, int held)
    {
        using var conversation = Of(body);

        Assert.Equal((used, held), (conversation.Prompt.Blocks.Length, conversation.Prompt.WithAnswer.Length));
        Assert.Equal(300, conversation.Prompt.Tokens);
    }

    // The answer is behind a text that the server has read, or behind one that it has not.
    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"$"}]}""", 4)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"$"}],"prompt_logprobs":0}""", 4)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"$"}],"truncate_prompt_tokens":1}""", 0)]
    public void Answer_OfText_IsHeldWhereItsPromptIs(string body, int held)
    {
        using var conversation = Of(body);
        var chunk = Encoding.UTF8.GetBytes("""{"choices":[{"index":0,"delta":{"content":"$"}}]}""".Replace("$", Text, StringComparison.Ordinal));

        Assert.True(AnswerScanner.TryScan(chunk, out var facts));
        conversation.Answer(chunk, facts);

        Assert.Equal(held, conversation.Prompt.WithAnswer.Length);
    }

    private static Conversation Of(string body)
    {
        var json = Encoding.UTF8.GetBytes(body.Replace("$", Text, StringComparison.Ordinal));
        Assert.True(RequestParser.TryParse(json, strict: false, out var request, out _));
        return new Conversation(new JsonBody(json, request, hasUsageOption: true, "application/json"), model: null, tokens: 300, outputTokens: 0, session: 0);
    }
}
