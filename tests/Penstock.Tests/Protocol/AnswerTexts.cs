using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Penstock.Tests.Protocol;

/// <summary>Generates answers and chunks: as servers send them, with odd values and repeated keys.</summary>
internal static class AnswerTexts
{
    private static readonly Gen<string> Count = Gen.OneOf(Gen.Elements("0", "1", "17", "4294967296"), JsonTexts.Scalar);

    private static readonly Gen<string> Usage = Gen.Frequency(
        (6, JsonTexts.Object(JsonTexts.SomeOf(
            JsonTexts.Member(JsonTexts.Name("prompt_tokens"), Count), JsonTexts.Member(JsonTexts.Name("completion_tokens"), Count),
            JsonTexts.Member(JsonTexts.OtherName, JsonTexts.Value)))),
        (1, JsonTexts.Value));

    private static readonly Gen<string> Delta = Gen.Frequency(
        (6, JsonTexts.Object(JsonTexts.SomeOf(
            JsonTexts.Member(Gen.Constant("\"role\""), JsonTexts.Scalar), JsonTexts.Member(JsonTexts.Name("content"), JsonTexts.Value),
            JsonTexts.Member(Gen.Constant("\"tool_calls\""), JsonTexts.Array(JsonTexts.Value))))),
        (1, JsonTexts.Value));

    private static readonly Gen<string> Choice = Gen.Frequency(
        (8, JsonTexts.Object(JsonTexts.SomeOf(
            JsonTexts.Member(JsonTexts.Name("index"), Gen.OneOf(Gen.Elements("0", "1", "2", "127", "128", "-1"), JsonTexts.Scalar)),
            JsonTexts.Member(Gen.Elements("\"delta\"", "\"message\"", "\"text\""), Delta),
            JsonTexts.Member(JsonTexts.Name("finish_reason"), Gen.OneOf(Gen.Elements("\"stop\"", "null"), JsonTexts.Scalar)),
            JsonTexts.Member(JsonTexts.OtherName, JsonTexts.Value)))),
        (1, JsonTexts.Value));

    public static Gen<byte[]> Answer { get; } =
        from before in JsonTexts.Blank
        from text in JsonTexts.Object(JsonTexts.SomeOf(
            JsonTexts.Member(JsonTexts.Name("id"), Gen.Frequency((4, JsonTexts.Token), (1, JsonTexts.Value))),
            JsonTexts.Member(JsonTexts.Name("backend"), Gen.Frequency((2, JsonTexts.Token), (1, JsonTexts.Value))),
            JsonTexts.Member(JsonTexts.Name("model"), Gen.Frequency((4, JsonTexts.Token), (1, JsonTexts.Value))),
            JsonTexts.Member(JsonTexts.Name("choices"), Gen.Frequency((6, JsonTexts.Array(Choice)), (1, JsonTexts.Value))),
            JsonTexts.Member(JsonTexts.Name("usage"), Usage),
            JsonTexts.Member(JsonTexts.Name("error"), JsonTexts.Value),
            JsonTexts.Member(JsonTexts.OtherName, JsonTexts.Value)))
        from after in JsonTexts.Blank
        select Encoding.UTF8.GetBytes(before + text + after);
}
