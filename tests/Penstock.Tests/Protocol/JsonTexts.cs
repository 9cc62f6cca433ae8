using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Penstock.Tests.Protocol;

/// <summary>Generates JSON as text, with what serializers never write: odd white space, needless escapes, lone surrogates.</summary>
internal static class JsonTexts
{
    public static Gen<string> Blank { get; } = Gen.Elements("", "", "", " ", "\n", "\t ", "\r\n");

    /// <summary>The inside of a string token.</summary>
    public static Gen<string> Text { get; } = Gen.Elements(
            "a", "user", "id", " ", "é", "漢", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\ud800",
            "\\udc00x", "\\u0000", "{", "]", ":", ",", "\u2028", "\u007f", "[DONE]", "model")
        .ListOf().Resize(6).Select(string.Concat);

    public static Gen<string> Token { get; } = Text.Select(t => $"\"{t}\"");

    public static Gen<string> Number { get; } = Gen.Elements(
        "0", "-0", "1", "2", "16", "16.0", "1.6e1", "1E400", "-1e400", "-1", "0.5", "1e-400", "128", "129", "9223372036854775807",
        "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890");

    public static Gen<string> Scalar { get; } = Gen.OneOf(Token, Number, Gen.Elements("true", "false", "null", "{}", "[]", "[ ]", "{\n}"));

    /// <summary>Any value, nested a few levels deep.</summary>
    public static Gen<string> Value { get; } = ValueOf(3);

    /// <summary>Names that are not the gateway's business, some of them nearly.</summary>
    public static Gen<string> OtherName { get; } = Gen.OneOf(
        Token, Gen.Elements("\"tools\"", "\"mode\"", "\"models\"", "\"i\\ud800\"", "\"m\\ud800\"", "\"\"", "\"idx\"", "\"user\"", "\"store\""));

    /// <summary>The name as a token: as it is, or with one letter escaped, or (seldom) in another case.</summary>
    public static Gen<string> Name(string name, bool otherCase = false) => Gen.Frequency(
        (8, Gen.Constant($"\"{name}\"")),
        (1, Gen.Choose(0, name.Length - 1).Select(i => $"\"{name[..i]}\\u{(int)name[i]:x4}{name[(i + 1)..]}\"")),
        (otherCase ? 1 : 0, Gen.Choose(0, name.Length - 1).Select(i => $"\"{name[..i]}{char.ToUpperInvariant(name[i])}{name[(i + 1)..]}\"")));

    public static Gen<string> Member(Gen<string> name, Gen<string> value) =>
        from before in Blank
        from n in name
        from between in Blank
        from after in Blank
        from v in value
        from end in Blank
        select $"{before}{n}{between}:{after}{v}{end}";

    public static Gen<string> Object(Gen<List<string>> members) =>
        from inside in members
        from blank in Blank
        select inside.Count == 0 ? $"{{{blank}}}" : $"{{{string.Join(',', inside)}}}";

    public static Gen<string> Array(Gen<string> value, int most = 4) =>
        from items in value.ListOf().Resize(most)
        from blank in Blank
        select $"[{blank}{string.Join("," + blank, items)}{blank}]";

    /// <summary>Some of the members, in any order, and sometimes one of them twice.</summary>
    public static Gen<List<string>> SomeOf(params Gen<string>[] members) =>
        from chosen in Gen.SubListOf(members)
        from order in Gen.Shuffle(chosen.ToArray())
        from again in Gen.Frequency((12, Gen.Constant(0)), (1, Gen.Constant(1)))
        from texts in Gen.CollectToList(order.Concat(order.Take(again)))
        select texts.ToList();

    /// <summary>Wrong in one place: a byte is lost, changed, added or doubled, or the end is missing.</summary>
    public static Gen<byte[]> Broken(Gen<byte[]> whole) =>
        from bytes in whole.Where(b => b.Length > 0)
        from at in Gen.Choose(0, bytes.Length - 1)
        from other in Gen.Choose(0, 255)
        from how in Gen.Choose(0, 4)
        select how switch
        {
            0 => [.. bytes[..at], .. bytes[(at + 1)..]],
            1 => [.. bytes[..at], (byte)other, .. bytes[(at + 1)..]],
            2 => [.. bytes[..at], (byte)other, .. bytes[at..]],
            3 => [.. bytes[..at], .. bytes[(at / 2)..]],
            _ => bytes[..at],
        };

    /// <summary>Pieces of JSON in no order, alone or where a value should be.</summary>
    public static Gen<byte[]> Shards { get; } =
        from pieces in Gen.Elements(
            "{", "}", "[", "]", ":", ",", "{}", "[]", "\"a\"", "\"a\":", "\"", "\\", "\\u12", "0", "1", "01", "-", "-1", "1.", ".5", "1.5", "1e", "1e5", "1E+",
            "e5", "true", "tru", "false", "null", "nul", "NaN", " ", "\n", "\t", "\u0001", "\u00a0", "é", "//", "\u007f").ListOf().Resize(8)
        from isInside in Gen.Elements(true, false)
        select Encoding.UTF8.GetBytes(isInside ? $"{{\"x\":{string.Concat(pieces)}}}" : string.Concat(pieces));

    public static Gen<byte[]> Noise { get; } = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();

    private static Gen<string> ValueOf(int depth) => depth == 0 ? Scalar : Gen.Frequency(
        (4, Scalar),
        (1, Array(Gen.Constant(0).SelectMany(_ => ValueOf(depth - 1)))),
        (1, Object(Member(Token, Gen.Constant(0).SelectMany(_ => ValueOf(depth - 1))).ListOf().Resize(4).Select(m => m.ToList()))));
}
