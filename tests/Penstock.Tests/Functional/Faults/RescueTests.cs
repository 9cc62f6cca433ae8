using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>An answer that broke off is continued where a server can do that, replayed where none can, and else said to be broken.</summary>
public sealed class RescueTests : FaultTest
{
    // The primary closes its connection in these tests: after a reset it would not be known how many words had come.
    private static readonly string First40 = ChatJson.Words(40);

    [Fact]
    public async Task Continue_Prefill_SaysTheRestOfTheAnswer()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Continues(Text, "spares-model");
        await using var gateway = await StartAsync(spare: "continuation: prefill");

        var answer = await AskAsync(gateway);

        answer.AssertWhole(from: "primary");
        var asked = Assert.Single(Spare.Requests).Json;
        var last = asked.GetProperty("messages").EnumerateArray().Last();
        Assert.Equal(("assistant", First40), (last.Text("role"), last.Text("content")));
        Assert.False(asked.TryGetProperty("continue_final_message", out _));
        Assert.Equal("spares-model", answer.Chunks[^1].Text("model"));
    }

    [Fact]
    public async Task Continue_Vllm_SendsItsTwoFields()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Continues(Text);
        await using var gateway = await StartAsync(spare: "continuation: vllm");

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        var asked = Assert.Single(Spare.Requests).Json;
        Assert.True(asked.GetProperty("continue_final_message").GetBoolean());
        Assert.False(asked.GetProperty("add_generation_prompt").GetBoolean());
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    public async Task Continue_CallerLimitsTheTokens_OnlyTheRestIsAskedFor(string field)
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Continues(Text);
        await using var gateway = await StartAsync(spare: "continuation: prefill");

        (await AskAsync(gateway, $",\"{field}\":100")).AssertWhole();

        Assert.Equal(60, Assert.Single(Spare.Requests).Json.GetProperty(field).GetInt32());
    }

    [Fact]
    public async Task Continue_Usage_IsThatOfOneAnswer()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        // It counts a prompt of 5 and the 40 words that were said, and the 20 that it says.
        Spare.Script = Scripts.Continues(Text);
        await using var gateway = await StartAsync(spare: "continuation: prefill");

        var usage = (await AskAsync(gateway)).Usage;

        Assert.Equal(5, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(60, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(65, usage.GetProperty("total_tokens").GetInt32());
        Assert.Contains("prompt_tokens=5 completion_tokens=60", await gateway.WaitForLogAsync("access"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Continue_InTheSamePool_ComesBeforeTheFallback()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Continues(Text);
        await using var gateway = await StartPoolAsync(spare: "continuation: prefill");

        var answer = await AskAsync(gateway);

        answer.AssertWhole(from: "primary");
        Assert.Equal(First40, Assert.Single(Spare.Requests).Json.GetProperty("messages").EnumerateArray().Last().Text("content"));
    }

    [Fact]
    public async Task Continue_ItBreaksOffToo_IsContinuedElsewhere()
    {
        await using var third = ScriptedUpstream.Start(Scripts.Continues(Text));
        Primary.Script = Scripts.CloseAfter(20, Text);
        Spare.Script = Scripts.CloseAfter(20, Text[ChatJson.Words(20).Length..]);
        await using var gateway = await TestGateway.StartAsync($$"""
            models: [{ name: m, backends: [primary, spare, third], policy: priority }]
            backends:
              - { name: primary, url: '{{Primary.Url}}', health: off }
              - { name: spare, url: '{{Spare.Url}}', health: off, continuation: prefill }
              - { name: third, url: '{{third.Url}}', health: off, continuation: prefill }
            {{Quick}}
            """);

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Equal(First40, Assert.Single(third.Requests).Json.GetProperty("messages").EnumerateArray().Last().Text("content"));
        Assert.Equal(2, Attempts);
        Assert.Empty(third.ScriptErrors);
    }

    [Fact]
    public async Task Replay_SameText_IsSentFromWhereItBroke()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Equal(1, Assert.Single(Spare.Requests).Json.GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task Replay_OtherPieces_AreTheSameText()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        // Its tokens are cut elsewhere: the first one that is new begins in the middle of one.
        Spare.Script = async exchange =>
        {
            await exchange.StartSseAsync();
            await exchange.EventAsync(ChatJson.RoleChunk());
            for (var i = 0; i < Text.Length; i += 7) await exchange.EventAsync(ChatJson.ContentChunk(Text[i..Math.Min(i + 7, Text.Length)]));
            await exchange.EventAsync(ChatJson.FinishChunk());
            await exchange.EventAsync(ChatJson.UsageChunk(5, Words));
            await exchange.EventAsync("[DONE]");
            await exchange.FinishChunksAsync();
        };
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "primary");
    }

    [Fact]
    public async Task Replay_OtherText_EndsInTheErrorEvent()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Chat("other " + Text);
        await using var gateway = await StartAsync();

        var answer = await AskAsync(gateway);

        answer.AssertBroken(First40);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Replay_OtherTextLater_EndsInTheErrorEvent()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Chat(Text.Replace("w39 ", "v39 ", StringComparison.Ordinal));
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertBroken(First40);
    }

    [Fact]
    public async Task Replay_ShorterText_EndsInTheErrorEvent()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Chat(ChatJson.Words(30));
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertBroken(First40);
    }

    [Fact]
    public async Task Rescue_Off_EndsInTheErrorEvent()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        await using var gateway = await StartAsync(model: "rescue: off");

        var code = (await AskAsync(gateway)).AssertBroken(First40);

        Assert.Equal("upstream_error", code);
        Assert.Empty(Spare.Requests);
    }

    [Fact]
    public async Task Rescue_NobodyElse_EndsInTheErrorEvent()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Error(500);
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertBroken(First40);

        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task ToolCalls_AreReplayedAndNeverContinued()
    {
        Primary.Script = ChoiceScripts.ToolCall(cutAfter: 3);
        Spare.Script = ChoiceScripts.ToolCall();
        await using var gateway = await StartAsync(spare: "continuation: prefill");

        var answer = await AskAsync(gateway);

        Assert.True(answer.Events.IsDone, answer.Body);
        Assert.Equal(ChoiceScripts.Arguments, ChoiceScripts.ArgumentsOf(answer.Chunks));
        Assert.Equal(["call_1"], ChoiceScripts.CallIdsOf(answer.Chunks));
        Assert.Equal(["tool_calls"], ChoiceScripts.FinishesOf(answer.Chunks, 0));
        Assert.Equal(1, Assert.Single(Spare.Requests).Json.GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task SeveralChoices_AreReplayedAndNeverContinued()
    {
        Primary.Script = ChoiceScripts.TwoChoices("a1 a2 a3 a4", "b1 b2 b3 b4", cutAfter: 5);
        Spare.Script = ChoiceScripts.TwoChoices("a1 a2 a3 a4", "b1 b2 b3 b4");
        await using var gateway = await StartAsync(spare: "continuation: prefill");

        var answer = await AskAsync(gateway, ",\"n\":2");

        Assert.True(answer.Events.IsDone, answer.Body);
        Assert.Equal("a1 a2 a3 a4", ChoiceScripts.TextOf(answer.Chunks, 0));
        Assert.Equal("b1 b2 b3 b4", ChoiceScripts.TextOf(answer.Chunks, 1));
        Assert.Equal(["stop"], ChoiceScripts.FinishesOf(answer.Chunks, 0));
        Assert.Equal(["stop"], ChoiceScripts.FinishesOf(answer.Chunks, 1));
        Assert.Equal(1, Assert.Single(Spare.Requests).Json.GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task Logprobs_AreReplayedAndNeverContinued()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        await using var gateway = await StartAsync(spare: "continuation: prefill");

        (await AskAsync(gateway, ",\"logprobs\":true")).AssertWhole(from: "primary");

        Assert.Equal(1, Assert.Single(Spare.Requests).Json.GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task Caller_WhoDidNotAskForUsage_GetsNoneOfARescuedAnswer()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.Continues(Text);
        await using var gateway = await StartAsync(spare: "continuation: prefill");

        using var stream = await OpenStream.ChatAsync(gateway.Client);
        var events = await stream.ReadToEndAsync();

        Assert.Equal(Text, events.Content);
        Assert.True(events.IsDone);
        Assert.DoesNotContain(events.Json, c => c.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object);
        Assert.Contains("prompt_tokens=5 completion_tokens=60", await gateway.WaitForLogAsync("access"), StringComparison.Ordinal);
    }
}
