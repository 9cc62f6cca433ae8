using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Backends;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>Rows 18 to 25 of the fault table: answers that are odd, or not what they say, and a name that hangs.</summary>
public sealed class FaultTableWireTests : FaultTest
{
    private const long Huge = 64 * 1024 * 1024;

    [Fact]
    public async Task Row18_ContentLengthLongerThanTheBody_CallerGetsAll60()
    {
        Primary.Script = Scripts.WrongContentLength(Text);
        await using var gateway = await StartAsync();

        await AssertWholeAnswerAsync(gateway, from: "spare");
    }

    [Fact]
    public async Task Row18_ContentLengthLongerThanTheStream_CallerGetsAll60()
    {
        Primary.Script = async exchange =>
        {
            var some = $"data: {ChatJson.RoleChunk()}\n\ndata: {ChatJson.ContentChunk("w1")}\n\n";
            await exchange.HeadAsync(200, ("Content-Type", "text/event-stream"), ("Content-Length", $"{some.Length + 100}"));
            exchange.LastWrite();
            await exchange.WriteAsync(some);
            await exchange.CloseAsync();
        };
        await using var gateway = await StartAsync();

        (await AskAsync(gateway)).AssertWhole();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row19_200WithHtml_CallerGetsAll60(bool isStream)
    {
        Primary.Script = Scripts.Html();
        await using var gateway = await StartAsync();

        await AssertAnsweredAsync(gateway, isStream, from: "spare");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row20_200WithAJsonError_CallerGetsAll60(bool isStream)
    {
        // A single one might be tried again at the same backend, so it always says this.
        Primary.Script = Scripts.JsonErrorWith200();
        await using var gateway = await StartAsync();

        await AssertAnsweredAsync(gateway, isStream, from: "spare");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row21_GzipThatNobodyAskedFor_CallerGetsAll60(bool isStream)
    {
        Primary.Script = Scripts.Gzip(Text);
        await using var gateway = await StartAsync();

        await AssertAnsweredAsync(gateway, isStream, from: "primary");

        Assert.Equal(1, Attempts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row22_OneByteARead_CallerGetsAll60(bool isStream)
    {
        Primary.Script = Scripts.OneByteAWrite(Scripts.Chat(Text));
        await using var gateway = await StartAsync();

        await AssertAnsweredAsync(gateway, isStream, from: "primary");

        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task Row23_AnswerOf64MiB_CallerGetsAllOfIt()
    {
        Primary.Script = Scripts.Huge(Huge);
        await using var gateway = await StartAsync();

        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x"));
        var (length, tail) = await ReadHugeAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.InRange(length, Huge, Huge + 1000);
        Assert.EndsWith("}}", tail.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task Row23_AnswerOf64MiBThatIsCut_IsVisiblyCut()
    {
        Primary.Script = async exchange =>
        {
            await exchange.HeadAsync(200, ("Content-Type", "application/json"), ("Content-Length", $"{Huge}"));
            await exchange.WriteAsync("{\"id\":\"");
            var block = new byte[64 * 1024];
            block.AsSpan().Fill((byte)'x');
            for (var sent = 0; sent < Huge * 3 / 4; sent += block.Length) await exchange.WriteAsync(block);
            await exchange.ResetAsync();
        };
        await using var gateway = await StartAsync();

        using var response = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x"));

        await Assert.ThrowsAnyAsync<Exception>(() => ReadHugeAsync(response));
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row24_HeadersOf64KiB_CallerGetsAll60(bool isStream)
    {
        Primary.Script = Scripts.BigHeaders(Text);
        await using var gateway = await StartAsync();

        await AssertAnsweredAsync(gateway, isStream, from: "primary");

        Assert.Equal(1, Attempts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row25_NameHangs_CallerGetsAll60FromTheSpare(bool isStream)
    {
        var names = new TestNames();
        names.Hang("primary.test");
        var yaml = Yaml("backends: [primary], fallbacks: [spare]", "connect_timeout: 0.5", "", "", Quick)
            .Replace("127.0.0.1:" + Primary.Port, "primary.test:" + Primary.Port, StringComparison.Ordinal);
        await using var gateway = await TestGateway.StartAsync(yaml, configure: services => services.AddSingleton<INameResolver>(names));

        await AssertAnsweredAsync(gateway, isStream, from: "spare");

        await Patience.UntilAsync(() => names.Waiting == 0, "nobody waiting for the name");
    }

    private static async Task AssertAnsweredAsync(TestGateway gateway, bool isStream, string from)
    {
        if (isStream) (await AskAsync(gateway)).AssertWhole(from);
        else await AssertWholeAnswerAsync(gateway, from);
    }

    private static async Task AssertWholeAnswerAsync(TestGateway gateway, string from)
    {
        using var response = await gateway.ChatAsync();
        var json = await response.JsonAsync();
        Assert.Equal(Text, json.Content());
        Assert.Equal(from, Answers.HeaderOf(response, "X-Backend"));
        Assert.Equal(from, json.Text("backend"));
    }

    private static async Task<(long Length, string Tail)> ReadHugeAsync(HttpResponseMessage response)
    {
        using var patience = new CancellationTokenSource(Patience.Default);
        await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
        var buffer = new byte[64 * 1024];
        var (length, tail) = (0L, "");
        while (await body.ReadAsync(buffer, patience.Token) is var count and > 0)
        {
            length += count;
            tail = (tail + System.Text.Encoding.Latin1.GetString(buffer, 0, count))[^Math.Min(10, (int)Math.Min(length, 10))..];
        }

        return (length, tail);
    }
}
