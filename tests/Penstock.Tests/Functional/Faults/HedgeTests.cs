using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>A second backend is asked where the first is slow to speak; one of them answers, and the other is called off.</summary>
public sealed class HedgeTests : FaultTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silence_LongerThanHedgeAfter_TheOtherAnswersAndTheFirstIsCalledOff(bool inOnePool)
    {
        Primary.Script = Scripts.SilentAfterHeaders(role: true);
        await using var gateway = inOnePool ? await StartPoolAsync(model: "hedge_after: 0.2") : await StartAsync(model: "hedge_after: 0.2");

        var answer = await AskAsync(gateway);

        answer.AssertWhole(from: "spare");
        Assert.Equal("2", answer.Attempts);
        await Primary.WaitForAbortedAsync();
        Assert.Single(Primary.Requests);
        Assert.Single(Spare.Requests);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task First_SpeaksAfterAllAndFirst_ItsAnswerCountsAndTheOtherIsCalledOff()
    {
        Primary.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        Spare.Script = Scripts.NeverAnswers();
        await using var gateway = await StartPoolAsync(model: "hedge_after: 0.1");

        var asking = AskAsync(gateway);
        await Spare.WaitForRequestAsync();
        Primary.Release();

        (await asking).AssertWhole(from: "primary");
        await Spare.WaitForAbortedAsync();
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Second_Fails_TheFirstIsStillWaitedFor()
    {
        Primary.Script = Scripts.OnceReleased(Scripts.Chat(Text));
        Spare.Script = Scripts.Error(500);
        await using var gateway = await StartPoolAsync(model: "hedge_after: 0.1");

        var asking = AskAsync(gateway);
        await WaitForAttemptsAsync(gateway, "spare", 1);
        Primary.Release();

        (await asking).AssertWhole(from: "primary");
    }

    [Fact]
    public async Task Answer_InTime_IsNotHedged()
    {
        await using var gateway = await StartPoolAsync(model: "hedge_after: 30");

        var answer = await AskAsync(gateway);

        answer.AssertWhole(from: "primary");
        Assert.Equal("1", answer.Attempts);
        Assert.Empty(Spare.Requests);
    }

    [Fact]
    public async Task Silence_WithoutHedgeAfter_IsNotHedged()
    {
        Primary.Script = Scripts.Late(Scripts.Chat(Text), seconds: 1);
        await using var gateway = await StartPoolAsync();

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Empty(Spare.Requests);
    }
}
