using System.Text;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class RequestParserProperties
{
    [Fact]
    public void TryParse_AnyBody_AgreesWithDocument() => ForAll.Check(RequestTexts.Body, AssertAgrees, 3000);

    [Fact]
    public void TryParse_BrokenBody_AgreesWithDocument() => ForAll.Check(JsonTexts.Broken(RequestTexts.Body), AssertAgrees, 3000);

    [Fact]
    public void TryParse_AnyJson_AgreesWithDocument() =>
        ForAll.Check(JsonTexts.Value.Select(Encoding.UTF8.GetBytes), AssertAgrees);

    [Fact]
    public void TryParse_ShardsOfJson_AgreesWithDocument() => ForAll.Check(JsonTexts.Shards, AssertAgrees, 5000);

    [Fact]
    public void TryParse_Noise_IsRefusedWithoutThrowing() => ForAll.Check(JsonTexts.Noise, AssertAgrees, 1000);

    [Fact]
    public void TryParse_EveryTruncation_IsRefused()
    {
        var body = """ {"model":"m\u00e9","messages":[{"role":"user","content":[{"type":"text","text":"é😀"}]}],"stop":["a"],"n":1} """u8.Trim(" "u8).ToArray();
        Assert.True(RequestParser.TryParse(body, strict: true, out _, out _));
        for (var length = 0; length < body.Length; length++)
        {
            Assert.False(RequestParser.TryParse(body.AsSpan(0, length), strict: true, out _, out var error));
            Assert.Equal("invalid_json", error.Code);
        }
    }

    // Strict is minimal with more rules: it accepts less, and finds the same.
    [Fact]
    public void TryParse_Strict_FindsWhatMinimalFinds() => ForAll.Check(RequestTexts.Body, json =>
    {
        if (!RequestParser.TryParse(json, strict: true, out var strict, out _)) return;

        Assert.True(RequestParser.TryParse(json, strict: false, out var minimal, out _));
        Assert.Equal(minimal, strict);
        Assert.True(strict.Messages.IsPresent);
        Assert.True(strict.MessageCount > 0);
        Assert.True(strict.MaxTokens is null or > 0);
    }, 3000);

    [Fact]
    public void TryParse_AnyBody_MarksItsBraces() => ForAll.Check(RequestTexts.Body, json =>
    {
        if (!RequestParser.TryParse(json, strict: false, out var request, out _)) return;

        Assert.Equal((byte)'{', json[request.ObjectStart]);
        Assert.Equal((byte)'}', json[request.ObjectEnd]);
        var text = Encoding.UTF8.GetString(json);
        Assert.Equal(text.Trim(), Encoding.UTF8.GetString(json[request.ObjectStart..(request.ObjectEnd + 1)]));
        Assert.Equal(text.Trim().Trim('{', '}').Trim().Length == 0, request.IsEmptyObject);
    });

    private static void AssertAgrees(byte[] json)
    {
        var expected = RequestOracle.Read(json);
        var isAccepted = RequestParser.TryParse(json, strict: false, out var request, out var error);
        RequestParser.TryParse(json, strict: true, out _, out var strictError);

        Assert.True(isAccepted == (expected is not null),
            $"{Encoding.UTF8.GetString(json)}: {(isAccepted ? "accepted" : error!.Message)}");
        if (!isAccepted)
        {
            Assert.Equal(400, error!.Status);
            Assert.NotNull(strictError);
            return;
        }

        Assert.Null(error);
        Assert.Equal(expected, RequestOracle.Of(json, request));
    }
}
