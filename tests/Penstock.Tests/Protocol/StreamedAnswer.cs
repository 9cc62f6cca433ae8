using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Penstock.Tests.Protocol;

/// <summary>What a model says in one choice, part after part, however a server cuts it into chunks.</summary>
/// <param name="Parts">Each with its place in a delta, like <c>content</c> or <c>tool_calls/0/function/arguments</c>.</param>
internal sealed record StreamedAnswer((string Place, string Text)[] Parts)
{
    private static readonly Gen<string> Words = Gen.Elements(
            "a", "Hello", " ", "\n", "\"", "\\", "/", "é", "漢", "😀", "e\u0301", "\u2028", "\0", "{\"a\":", "1}", "<", "data: x\n\n")
        .NonEmptyListOf().Resize(8).Select(string.Concat);

    private static readonly Gen<(string, string)[]> Tools =
        from count in Gen.Choose(0, 2)
        from texts in Words.ListOf(count * 2)
        select Enumerable.Range(0, count).SelectMany(i => new[]
        {
            ($"tool_calls/{i}/id", $"call_{i}"),
            ($"tool_calls/{i}/function/name", texts.ElementAt(i * 2)),
            ($"tool_calls/{i}/function/arguments", texts.ElementAt((i * 2) + 1)),
        }).ToArray();

    public static Gen<StreamedAnswer> Any { get; } =
        from content in Words
        from reasoning in Gen.OneOf(Gen.Constant<string?>(null), Words.Select(w => (string?)w))
        from tools in Tools
        select new StreamedAnswer([.. reasoning is null ? [] : new[] { ("reasoning_content", reasoning) }, ("content", content), .. tools]);

    public Dictionary<string, string> Whole => Parts.ToDictionary(p => p.Place, p => p.Text);

    /// <summary>The answer as a server sends it: the role, pieces of any size, the end, the usage.</summary>
    public List<string> Chunks(int seed, int choice = 0)
    {
        var random = new Random(seed);
        var id = $"chatcmpl-{seed}";
        List<string> chunks = [Chunk(id, choice, """{"role":"assistant","content":""}""")];
        foreach (var (place, text) in Parts)
        {
            // An id is one thing; texts come in pieces.
            foreach (var piece in place.EndsWith("/id", StringComparison.Ordinal) ? [text] : Pieces(text, random))
                chunks.Add(Chunk(id, choice, Delta(place, Token(piece, random))));
        }

        chunks.Add(Chunk(id, choice, "{}", "\"stop\""));
        return chunks;
    }

    /// <summary>Puts together what chunks say, as a client would.</summary>
    public static Dictionary<string, string> Read(IEnumerable<string> chunks, int choice = 0)
    {
        var texts = new Dictionary<string, string>();
        foreach (var chunk in chunks)
        {
            using var json = JsonDocument.Parse(chunk);
            foreach (var one in json.RootElement.GetProperty("choices").EnumerateArray())
            {
                if (one.GetProperty("index").GetInt32() == choice) Read(one.GetProperty("delta"), "", texts);
            }
        }

        return texts.Where(t => t.Value.Length > 0).ToDictionary();
    }

    /// <summary>A chunk without what a rewriter may change.</summary>
    public static JsonNode Frame(string chunk)
    {
        var node = JsonNode.Parse(chunk)!;
        node.AsObject().Remove("id");
        foreach (var choice in node["choices"]!.AsArray())
        {
            choice!["delta"]!.AsObject().Remove("role");
            Empty(choice["delta"]!);
        }

        return node;
    }

    private static void Empty(JsonNode node)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToArray())
            {
                if (value is JsonValue text && text.GetValueKind() == JsonValueKind.String && name != "type") members[name] = "";
                else if (value is not null) Empty(value);
            }
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items) Empty(item!);
        }
    }

    private static void Read(JsonElement element, string place, Dictionary<string, string> texts)
    {
        foreach (var member in element.EnumerateObject())
        {
            var at = place.Length == 0 ? member.Name : $"{place}/{member.Name}";
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.Object:
                    Read(member.Value, at, texts);
                    break;
                case JsonValueKind.Array:
                    foreach (var item in member.Value.EnumerateArray()) Read(item, $"{at}/{item.GetProperty("index").GetInt32()}", texts);
                    break;
                case JsonValueKind.String when member.Name is not ("role" or "type"):
                    texts[at] = texts.GetValueOrDefault(at, "") + member.Value.GetString();
                    break;
            }
        }
    }

    private static string Chunk(string id, int choice, string delta, string finish = "null") =>
        $$"""{"id":"{{id}}","created":1.50,"choices":[{"index":{{choice}},"delta":{{delta}},"finish_reason":{{finish}} } ],"x":{"content":"no delta","role":"r"} }""";

    private static string Delta(string place, string token)
    {
        var names = place.Split('/');
        return names switch
        {
            [var name] => $$"""{"{{name}}": {{token}} }""",
            ["tool_calls", var index, "id"] => $$$"""{"tool_calls":[{"index":{{{index}}},"id":{{{token}}},"type":"function"}]}""",
            [var list, var index, var inner, var name] => $$$"""{"{{{list}}}":[{"index":{{{index}}},"{{{inner}}}":{"{{{name}}}":{{{token}}}}}]}""",
            _ => throw new ArgumentException(place, nameof(place)),
        };
    }

    // Between characters, which servers do not cut.
    private static List<string> Pieces(string text, Random random)
    {
        var pieces = new List<string>();
        var piece = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            piece.Append(rune.ToString());
            if (random.Next(3) != 0) continue;
            pieces.Add(piece.ToString());
            piece.Clear();
        }

        if (piece.Length > 0) pieces.Add(piece.ToString());
        return pieces;
    }

    // Each server escapes as it likes.
    private static string Token(string text, Random random)
    {
        if (random.Next(2) == 0) return JsonSerializer.Serialize(text);
        var token = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c < 0x20 || c is '"' or '\\' || char.IsSurrogate(c) || random.Next(4) == 0) token.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else token.Append(c);
        }

        return token.Append('"').ToString();
    }
}
