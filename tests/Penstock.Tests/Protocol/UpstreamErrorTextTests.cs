using System.Text;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class UpstreamErrorTextTests
{
    [Theory]
    [InlineData("""{"error":{"message":"openai","type":"x"}}""", "openai")]
    [InlineData("""{"error":"ollama"}""", "ollama")]
    [InlineData("""{"object":"error","message":"vllm"}""", "vllm")]
    [InlineData("""{"detail":"fastapi"}""", "fastapi")]
    [InlineData("""{"detail":[{"loc":["body"]}]}""", null)]
    [InlineData("""{"error":{"message":5}}""", null)]
    [InlineData("""["a"]""", null)]
    [InlineData("  plain text \n", "plain text")]
    [InlineData("<html>no</html>", null)]
    [InlineData("", null)]
    public void Find_Body_IsItsSentence(string body, string? expected) =>
        Assert.Equal(expected, UpstreamErrorText.Find(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Find_LongText_IsCut() => Assert.Equal(new string('x', 500) + "…", UpstreamErrorText.Find(Encoding.UTF8.GetBytes(new string('x', 600))));

    [Theory]
    [InlineData("""{"error":{"message":"a\ud800b"}}""")]
    [InlineData("""{"\ud800":1,"error":{"m\ud800":1,"message":"x"}}""")]
    public void Find_LoneSurrogates_DoNotThrow(string body) => UpstreamErrorText.Find(Encoding.UTF8.GetBytes(body));

    [Fact]
    public void Find_Anything_NeverThrows() => ForAll.Check(JsonTexts.Broken(AnswerTexts.Answer), body => UpstreamErrorText.Find(body), 1000);

    [Fact]
    public void Find_Noise_NeverThrows() => ForAll.Check(JsonTexts.Noise, body => UpstreamErrorText.Find(body));
}
