using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>Rows 8 to 11, 14 and 17 of the fault table: what goes wrong when the caller has a part of the answer.</summary>
public sealed class FaultTableStreamTests : FaultTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Row08_StreamCutAfter40Of60Words_CallerGetsAll60(bool byReset)
    {
        // Only when the caller has them: a reset may take with it what was not read yet.
        Primary.Script = Scripts.Stream(Text, new ChatStream
        {
            Before = async (exchange, word) =>
            {
                if (word != 40) return;
                await exchange.Released;
                await (byReset ? exchange.ResetAsync() : exchange.CloseAsync());
            },
        });
        await using var gateway = await StartAsync();

        using var stream = await OpenStream.ChatAsync(gateway.Client, ",\"stream_options\":{\"include_usage\":true}");
        await stream.ReadToAsync(" w40\"");
        Primary.Release();
        await stream.ReadToEndAsync();

        var answer = new HeardStream(stream.Response, stream.Text);
        answer.AssertWhole(from: "primary");
        Assert.Single(Spare.Requests);
        Assert.Equal("spare", answer.Chunks[^1].GetProperty("backend").GetString());
    }

    [Fact]
    public async Task Row08_StreamEndsInOrderAfter40Of60Words_CallerGetsAll60()
    {
        Primary.Script = Scripts.EndAfter(40, Text);
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Single(Spare.Requests);
    }

    [Fact]
    public async Task Row08_StreamEndsInAnErrorEventAfter40Of60Words_CallerGetsAll60()
    {
        Primary.Script = Scripts.ErrorEventAfter(40, Text);
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Single(Spare.Requests);
    }

    [Fact]
    public async Task Row09_StallAfter20Words_CallerGetsAll60()
    {
        Primary.Script = Scripts.StallAfter(20, Text);
        await using var gateway = await StartAsync("idle_timeout: 1");

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Single(Primary.Requests);
        Assert.Single(Spare.Requests);
        await Primary.WaitForAbortedAsync();
    }

    [Fact]
    public async Task Row10_TenthEventIsInvalidJson_CallerGetsAll60AndItIsCounted()
    {
        // The role and eight words come before it.
        Primary.Script = Scripts.BadEventAfter(8, Text);
        await using var gateway = await StartAsync();

        var answer = await AskAsync(gateway);

        answer.AssertWhole(from: "primary");
        Assert.Equal(1, Attempts);
        Assert.Equal("1", answer.Attempts);
        Assert.Equal(1, (await MetricsAsync(gateway)).Value("penstock_dropped_events_total", ("backend", "primary")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row11_NoDone_CallerGetsAll60AndDone(bool staysOpen)
    {
        Primary.Script = Scripts.WithoutDone(Text, staysOpen);
        // A server that stays open is not waited for: with this timeout the test would not end in time.
        await using var gateway = await StartAsync("idle_timeout: 300");

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task Row11_NoDoneAndNoUsageAndStaysOpen_CallerGetsDone()
    {
        Primary.Script = Scripts.Words(Words, new ChatStream { Usage = false, Done = false, End = false });
        await using var gateway = await StartAsync("idle_timeout: 300");

        var answer = await AskAsync(gateway);

        Assert.Equal(Text, answer.Events.Content);
        Assert.True(answer.Events.IsDone);
        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task Row14_CutAfter40WordsAndTheFallbackRefusesPrefill_CallerGetsAll60()
    {
        Primary.Script = Scripts.CloseAfter(40, Text);
        Spare.Script = Scripts.RefusesPrefill(Scripts.Chat(Text));
        await using var gateway = await StartAsync(spare: "continuation: prefill");

        (await AskAsync(gateway)).AssertWhole(from: "primary");

        Assert.Equal(2, Spare.Requests.Count);
        Assert.Equal(["user", "assistant"], Roles(Spare.Requests[0]));
        Assert.Equal(["user"], Roles(Spare.Requests[1]));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(25, true)]
    [InlineData(25, false)]
    public async Task Row17_HalfAnEventThenReset_CallerGetsAll60(int words, bool byReset)
    {
        Primary.Script = Scripts.HalfEventAfter(words, Text, byReset);
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole();
    }

    private static IEnumerable<string?> Roles(ScriptedRequest request) =>
        request.Json.GetProperty("messages").EnumerateArray().Select(m => m.Text("role"));
}
