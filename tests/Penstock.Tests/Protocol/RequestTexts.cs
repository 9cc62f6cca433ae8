using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Penstock.Tests.Protocol;

/// <summary>Generates the bodies of chat requests: good ones, odd ones and wrong ones.</summary>
internal static class RequestTexts
{
    private static readonly Gen<string> Content = Gen.OneOf(
        JsonTexts.Token, Gen.Constant("null"),
        JsonTexts.Array(Gen.OneOf(JsonTexts.Token.Select(t => $$"""{"type":"text","text":{{t}}}"""), JsonTexts.Value)));

    private static readonly Gen<string> Role = Gen.Frequency(
        (6, Gen.Elements("\"user\"", "\"assistant\"", "\"system\"", "\"us\\u0065r\"", "\"User\"")),
        (1, JsonTexts.Token), (1, JsonTexts.Scalar));

    private static readonly Gen<string> Message = Gen.Frequency(
        (8, JsonTexts.Object(JsonTexts.SomeOf(
            JsonTexts.Member(JsonTexts.Name("role"), Role),
            JsonTexts.Member(JsonTexts.Name("content"), Gen.Frequency((8, Content), (1, JsonTexts.Value))),
            JsonTexts.Member(JsonTexts.OtherName, JsonTexts.Value)))),
        (1, JsonTexts.Value));

    private static readonly Gen<string> Options = Gen.Frequency(
        (6, JsonTexts.Object(JsonTexts.SomeOf(
            JsonTexts.Member(JsonTexts.Name("include_usage"), Gen.Elements("true", "false", "null", "true", "1")),
            JsonTexts.Member(JsonTexts.OtherName, JsonTexts.Value)))),
        (2, Gen.Constant("null")), (1, JsonTexts.Value));

    public static Gen<byte[]> Body { get; } = Bytes(JsonTexts.Object(JsonTexts.SomeOf(
        Field("model", Gen.Frequency((8, JsonTexts.Token), (1, JsonTexts.Value))),
        Field("stream", Gen.Elements("true", "false", "null", "true", "1", "\"true\"")),
        Field("stream_options", Options),
        Field("max_tokens", Gen.Frequency((8, JsonTexts.Number), (1, JsonTexts.Value))),
        Field("max_completion_tokens", Gen.Frequency((8, JsonTexts.Number), (1, JsonTexts.Value))),
        Field("messages", Gen.Frequency((8, JsonTexts.Array(Message)), (1, JsonTexts.Value))),
        Field("temperature", Gen.OneOf(JsonTexts.Number, Gen.Elements("0.5", "null", "2.0", "\"1\""))),
        Field("stop", Gen.OneOf(JsonTexts.Token, JsonTexts.Array(JsonTexts.Token, most: 6), JsonTexts.Scalar)),
        JsonTexts.Member(JsonTexts.OtherName, JsonTexts.Value))));

    /// <summary>Bodies that are accepted, of the fields that the gateway may edit.</summary>
    public static Gen<byte[]> Editable { get; } = Bytes(JsonTexts.Object(
        from members in Gen.SubListOf(
            Field("model", JsonTexts.Token, otherCase: false),
            Field("stream_options", Gen.OneOf(Gen.Constant("null"), JsonTexts.Object(Gen.OneOf(
                Gen.Constant(new List<string>()),
                Gen.CollectToList(new[] { JsonTexts.Member(Gen.Constant("\"x\""), JsonTexts.Value) }).Select(m => m.ToList()),
                Gen.CollectToList(new[]
                {
                    JsonTexts.Member(Gen.Constant("\"x\""), JsonTexts.Value),
                    JsonTexts.Member(JsonTexts.Name("include_usage"), Gen.Elements("false", "null")),
                }).Select(m => m.ToList())))), otherCase: false),
            JsonTexts.Member(Gen.Constant("\"messages\""), Gen.Constant("[ ]")),
            JsonTexts.Member(Gen.Constant("\"zeta\""), JsonTexts.Value),
            JsonTexts.Member(Gen.Constant("\"a\\nb\""), JsonTexts.Value))
        from order in Gen.Shuffle(members.ToArray())
        from texts in Gen.CollectToList(order)
        select texts.ToList()));

    private static Gen<string> Field(string name, Gen<string> value, bool otherCase = true) =>
        JsonTexts.Member(JsonTexts.Name(name, otherCase), value);

    private static Gen<byte[]> Bytes(Gen<string> text) =>
        from before in JsonTexts.Blank
        from body in text
        from after in JsonTexts.Blank
        select Encoding.UTF8.GetBytes(before + body + after);
}
