using System.Text;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class StreamTextTests
{
    [Fact]
    public void Add_AnyAnswer_KeepsWhatAClientPutsTogether() => ForAll.Check(Gen.Zip(StreamedAnswer.Any, Gen.Choose(0, 10_000)), c =>
    {
        var chunks = c.Item1.Chunks(c.Item2);
        using var text = new StreamText();
        foreach (var chunk in chunks) Add(text, Encoding.UTF8.GetBytes(chunk));

        Assert.True(text.IsKnown);
        Assert.Equal(c.Item1.Parts.Length == 1, text.IsPlain);
        Assert.Equal(c.Item1.Whole["content"], Encoding.UTF8.GetString(text.Text));
        Assert.Equal(
            c.Item1.Whole.Values.Order(StringComparer.Ordinal),
            text.Lanes.Select(l => Encoding.UTF8.GetString(text.Of(l))).Order(StringComparer.Ordinal));
        Assert.Equal(chunks.Count - 2, text.Chunks);
    });

    [Theory]
    [InlineData("""{"choices":[{"delta":{"content":"\ud83d"}}]}""")]
    [InlineData("""{"choices":[{"delta":{"reasoning_content":"\ude00"}}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":["x"]}}]}""")]
    public void Add_NoText_IsNotKnown(string chunk)
    {
        using var text = new StreamText();
        Add(text, Encoding.UTF8.GetBytes(chunk));

        Assert.False(text.IsKnown);
        Assert.False(text.IsPlain);
    }

    // A server that cuts a character in two: neither half can be compared or continued.
    [Theory]
    [InlineData("content")]
    [InlineData("reasoning_content")]
    public void Add_HalfACharacter_IsNotKnown(string place)
    {
        using var text = new StreamText();
        Add(text, [.. Encoding.UTF8.GetBytes($$$"""{"choices":[{"delta":{"{{{place}}}":"a"""), 0xE6, 0xBC, .. "\"}}]}"u8]);

        Assert.False(text.IsKnown);
    }

    [Fact]
    public void Add_MoreThanIsKept_IsNotKnown()
    {
        using var text = new StreamText();
        var chunk = Encoding.UTF8.GetBytes($$$"""{"choices":[{"delta":{"content":"{{{new string('x', 1024 * 1024)}}}"}}]}""");
        for (var i = 0; i < 4; i++) Add(text, chunk);
        Assert.True(text.IsKnown);
        Assert.Equal(4 * 1024 * 1024, text.Text.Length);

        Add(text, """{"choices":[{"delta":{"content":"x"}}]}"""u8.ToArray());

        Assert.False(text.IsKnown);
    }

    [Fact]
    public void Dispose_Twice_IsNothing()
    {
        var text = new StreamText();
        Add(text, """{"choices":[{"delta":{"content":"x","reasoning_content":"y"}}]}"""u8.ToArray());
        text.Dispose();
        text.Dispose();

        Assert.False(text.IsKnown);
        Assert.Empty(text.Lanes);
    }

    private static void Add(StreamText text, byte[] chunk)
    {
        Assert.True(AnswerScanner.TryScan(chunk, out var facts));
        text.Add(chunk, facts);
    }
}
