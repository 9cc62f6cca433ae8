using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class ChunkRewriterProperties
{
    private static readonly byte[] FirstId = "\"chatcmpl-first\""u8.ToArray();

    private static readonly Gen<int> Seed = Gen.Choose(0, 100_000);

    private static readonly Gen<Case> Cases =
        from answer in StreamedAnswer.Any
        from first in Seed
        from second in Seed
        from cut in Seed
        select new Case(answer, first, second, cut);

    [Fact]
    public void Replay_HoweverBothAreCut_BringsWhatIsMissing() => ForAll.Check(Cases, c =>
    {
        using var text = c.SaidText();
        var rewriter = new ChunkRewriter(text, FirstId, hasRole: true, isReplay: true);
        var said = StreamedAnswer.Read(c.Said);

        var passed = Pass(rewriter, c.Answer.Chunks(c.Second));

        Assert.NotNull(passed);
        Assert.True(rewriter.IsCaughtUp);
        var rest = StreamedAnswer.Read(passed);
        foreach (var (place, whole) in c.Answer.Whole)
            Assert.Equal(whole, said.GetValueOrDefault(place, "") + rest.GetValueOrDefault(place, ""));
        Assert.Equal(c.Answer.Whole.Count, said.Keys.Union(rest.Keys).Count());
    }, 1000);

    [Fact]
    public void Replay_HoweverBothAreCut_ChangesNothingElse() => ForAll.Check(Cases, c =>
    {
        using var text = c.SaidText();
        var rewriter = new ChunkRewriter(text, FirstId, hasRole: true, isReplay: true);
        foreach (var chunk in c.Answer.Chunks(c.Second))
        {
            Assert.True(TryRewrite(rewriter, chunk, out var rewritten));
            if (rewritten.Length == 0) continue;
            Assert.True(JsonNode.DeepEquals(StreamedAnswer.Frame(chunk), StreamedAnswer.Frame(rewritten)), rewritten);
            Assert.Equal("chatcmpl-first", (string?)JsonNode.Parse(rewritten)!["id"]);
            Assert.DoesNotContain("\"assistant\"", rewritten, StringComparison.Ordinal);
        }
    });

    [Fact]
    public void Replay_OfSomethingElse_IsRefusedBeforeAnythingOfItShows() => ForAll.Check(Cases, c =>
    {
        using var text = c.SaidText();
        var said = StreamedAnswer.Read(c.Said);
        var (place, start) = said.ElementAt(c.Cut % said.Count);
        if (place.EndsWith("/id", StringComparison.Ordinal)) return;
        var other = new StreamedAnswer([.. c.Answer.Parts.Select(p => p.Place == place ? (place, Changed(p.Text, start.Length, c.Cut)) : p)]);
        var rewriter = new ChunkRewriter(text, FirstId, hasRole: true, isReplay: true);

        var passed = new List<string>();
        Assert.Null(Pass(rewriter, other.Chunks(c.Second), passed));
        Assert.Empty(StreamedAnswer.Read(passed));
    });

    [Fact]
    public void Replay_ThatEndsBeforeWhatWasSaid_IsRefused() => ForAll.Check(Cases, c =>
    {
        using var text = c.SaidText();
        var last = StreamedAnswer.Read(c.Said).Last();
        if (last.Key.EndsWith("/id", StringComparison.Ordinal)) return;
        var shorter = new StreamedAnswer([.. c.Answer.Parts.TakeWhile(p => p.Place != last.Key), (last.Key, "")]);
        var rewriter = new ChunkRewriter(text, FirstId, hasRole: true, isReplay: true);

        var passed = new List<string>();
        Assert.Null(Pass(rewriter, shorter.Chunks(c.Second), passed));
        Assert.Empty(passed);
    });

    [Fact]
    public void Continuation_HoweverItIsCut_PassesAsItIs() => ForAll.Check(Cases, c =>
    {
        using var text = c.SaidText();
        var rest = new StreamedAnswer([("content", "and the rest")]);
        var rewriter = new ChunkRewriter(text, FirstId, hasRole: true, isReplay: false);

        var passed = Pass(rewriter, rest.Chunks(c.Second));

        Assert.NotNull(passed);
        Assert.Equal(rest.Whole, StreamedAnswer.Read(passed));
        Assert.Contains("\"stop\"", passed[^1], StringComparison.Ordinal);
    });

    [Fact]
    public void Replay_OfTwoChoices_InAnyOrder_BringsWhatIsMissing() => ForAll.Check(Gen.Zip(Cases, Cases), c =>
    {
        var (one, two) = c;
        using var text = new StreamText();
        List<string> first = [.. one.Said, .. two.Answer.Chunks(two.First, choice: 1).Take(two.Said.Count)];
        foreach (var chunk in first) Add(text, chunk);
        var rewriter = new ChunkRewriter(text, null, hasRole: true, isReplay: true);

        var passed = Pass(rewriter, Mixed(one.Answer.Chunks(one.Second), two.Answer.Chunks(two.Second, choice: 1), one.Cut));

        Assert.NotNull(passed);
        for (var choice = 0; choice < 2; choice++)
        {
            var (said, rest) = (StreamedAnswer.Read(first, choice), StreamedAnswer.Read(passed, choice));
            foreach (var (place, whole) in (choice == 0 ? one : two).Answer.Whole)
                Assert.Equal(whole, said.GetValueOrDefault(place, "") + rest.GetValueOrDefault(place, ""));
        }
    });

    private static List<string>? Pass(ChunkRewriter rewriter, IEnumerable<string> chunks, List<string>? passed = null)
    {
        passed ??= [];
        foreach (var chunk in chunks)
        {
            if (!TryRewrite(rewriter, chunk, out var rewritten)) return null;
            if (rewritten.Length > 0) passed.Add(rewritten);
        }

        return passed;
    }

    private static bool TryRewrite(ChunkRewriter rewriter, string chunk, out string rewritten)
    {
        var bytes = Encoding.UTF8.GetBytes(chunk);
        Assert.True(AnswerScanner.TryScan(bytes, out var facts));
        var isSame = rewriter.TryRewrite(bytes, facts, out var output);
        rewritten = Encoding.UTF8.GetString(output);
        if (rewritten.Length > 0) JsonDocument.Parse(rewritten).Dispose();
        return isSame;
    }

    private static void Add(StreamText text, string chunk)
    {
        var bytes = Encoding.UTF8.GetBytes(chunk);
        Assert.True(AnswerScanner.TryScan(bytes, out var facts));
        text.Add(bytes, facts);
    }

    // One character of those that were said is another one.
    private static string Changed(string text, int said, int seed)
    {
        var at = seed % said;
        if (char.IsLowSurrogate(text[at])) at--;
        var length = char.IsHighSurrogate(text[at]) ? 2 : 1;
        return text[..at] + "#" + text[(at + length)..];
    }

    private static List<string> Mixed(List<string> one, List<string> two, int seed)
    {
        var random = new Random(seed);
        var mixed = new List<string>();
        var (i, j) = (0, 0);
        while (i < one.Count || j < two.Count)
            mixed.Add(j == two.Count || (i < one.Count && random.Next(2) == 0) ? one[i++] : two[j++]);
        return mixed;
    }

    private sealed record Case(StreamedAnswer Answer, int First, int Second, int Cut)
    {
        /// <summary>What came before it broke off: the role and at least one piece, but not the end.</summary>
        public List<string> Said
        {
            get
            {
                var chunks = Answer.Chunks(First);
                return chunks[..(2 + (Cut % (chunks.Count - 2)))];
            }
        }

        public StreamText SaidText()
        {
            var text = new StreamText();
            foreach (var chunk in Said) Add(text, chunk);
            Assert.True(text.IsKnown);
            return text;
        }
    }
}
