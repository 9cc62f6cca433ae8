using System.Buffers.Text;
using Penstock.Admission.Jwt;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

public sealed class StrictBase64UrlTests
{
    [Theory]
    [InlineData("", new byte[0])]
    [InlineData("AA", new byte[] { 0 })]
    [InlineData("_w", new byte[] { 255 })]
    [InlineData("AAE", new byte[] { 0, 1 })]
    [InlineData("-_8A", new byte[] { 251, 255, 0 })]
    public void Decode_Canonical_GivesTheBytes(string text, byte[] bytes) => Assert.Equal(bytes, StrictBase64Url.Decode(text));

    [Theory]
    [InlineData("A")]
    [InlineData("AAAAA")]
    [InlineData("AA==")]
    [InlineData("AA=")]
    [InlineData("AAE=")]
    [InlineData(" AA")]
    [InlineData("AA\n")]
    [InlineData("A A")]
    [InlineData("+/8A")]
    [InlineData("AAÄ")]
    [InlineData("AA\0A")]
    public void Decode_OtherCharacters_IsNull(string text) => Assert.Null(StrictBase64Url.Decode(text));

    // Each text of up to 3 characters is either the one spelling of some bytes, or none.
    [Fact]
    public void Decode_ShortTexts_HaveOneSpellingEach()
    {
        const string Digits = "AQgwBCDE-_09";
        foreach (var a in Digits)
        {
            foreach (var b in Digits)
            {
                AssertCanonical($"{a}{b}");
                foreach (var c in Digits) AssertCanonical($"{a}{b}{c}");
            }
        }
    }

    private static void AssertCanonical(string text)
    {
        var isCanonical = Base64Url.EncodeToString(Base64Url.DecodeFromChars(text[..^1] + Masked(text))) == text;
        Assert.Equal(isCanonical, StrictBase64Url.Decode(text) is not null);
    }

    // The framework may refuse stray bits itself: it is asked about the text without them.
    private static char Masked(string text)
    {
        const string All = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return All[All.IndexOf(text[^1], StringComparison.Ordinal) & (text.Length == 2 ? 0b110000 : 0b111100)];
    }
}
