using System.Text;
using Penstock.Forwarding;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Penstock.Tests.Routing;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>A prompt that goes to pools whose servers are asked for models of their own.</summary>
public sealed class ConversationTests
{
    private const string Chunk = """{"choices":[{"index":0,"delta":{"content":"$"}}]}""";

    private static readonly string Long = string.Concat(Enumerable.Repeat("words and words. ", 60));

    private static readonly JsonBody Body = BodyOf($$$"""{"model":"alias","messages":[{"role":"user","content":"{{{Long}}}"}]}""");

    [Theory]
    [InlineData("one", "one")]
    [InlineData("alias", null)]
    [InlineData(null, "alias")]
    public void PromptFor_SameModel_IsTheSamePrompt(string? first, string? second)
    {
        using var conversation = Read(first);

        Assert.Same(conversation.Prompt, conversation.PromptFor(PoolOf(second)));
    }

    [Fact]
    public void PromptFor_PolicyThatDoesNotLook_IsTheFirst()
    {
        using var conversation = Read("one");

        Assert.Same(conversation.Prompt, conversation.PromptFor(new Pool([TestBackends.New("b")], new PriorityPicker(), "two")));
    }

    [Fact]
    public void PromptFor_AnotherModel_IsWhatThatOneIsAskedForDirectly()
    {
        using var conversation = Read("one");
        using var direct = Read("two");

        var prompt = conversation.PromptFor(PoolOf("two"));
        Say(conversation);
        Say(direct);

        Assert.Equal(direct.Prompt.Blocks, prompt.Blocks);
        Assert.False(conversation.Prompt.Blocks.SequenceEqual(prompt.Blocks));
        Assert.Equal(direct.Prompt.WithAnswer.ToArray(), prompt.WithAnswer.ToArray());
        Assert.True(prompt.WithAnswer.Length > prompt.Blocks.Length);
        Assert.Equal((direct.Prompt.Tokens, direct.Prompt.OutputTokens, direct.Prompt.Session), (prompt.Tokens, prompt.OutputTokens, prompt.Session));
        Assert.Same(prompt, conversation.PromptFor(PoolOf("two")));
    }

    // What was said before it was asked for is in no chain of its own.
    [Fact]
    public void PromptFor_AnotherModelInTheMiddleOfAnAnswer_HasThePromptOnly()
    {
        using var conversation = Read("one");
        Say(conversation);

        var prompt = conversation.PromptFor(PoolOf("two"));
        Say(conversation);

        Assert.Equal(prompt.Blocks, prompt.WithAnswer.Span);
    }

    [Fact]
    public void TookSeat_StoodInLineForAnotherModelsServer_StandsThereNoMore()
    {
        using var conversation = Read("one");
        var (one, two) = (new ServerPace(), new ServerPace());
        conversation.PromptFor(PoolOf("one")).Await(one);
        conversation.PromptFor(PoolOf("two")).Await(two);
        Assert.Equal((1, 1), (one.Awaiting, two.Awaiting));

        conversation.TookSeat();

        Assert.Equal((0, 0), (one.Awaiting, two.Awaiting));
    }

    private static Conversation Read(string? model) => new(Body, TokenOf(model), 1000, 100, 7);

    private static Pool PoolOf(string? model)
    {
        var server = TestBackends.New("b");
        return new Pool([server], TestBackends.PickerOf(Penstock.Configuration.PickerPolicy.PrefixAware, server), model);
    }

    private static byte[]? TokenOf(string? model) => model is null ? null : JsonText.Quote(model);

    private static void Say(Conversation conversation)
    {
        var json = Encoding.UTF8.GetBytes(Chunk.Replace("$", Long, StringComparison.Ordinal));
        Assert.True(AnswerScanner.TryScan(json, out var facts));
        conversation.Answer(json, facts);
    }

    private static JsonBody BodyOf(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.True(RequestParser.TryParse(bytes, strict: true, out var request, out _));
        return new JsonBody(bytes, request, hasUsageOption: true, "application/json");
    }
}
