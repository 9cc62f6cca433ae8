using System.Text;
using System.Text.Json;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class AnswerScannerProperties
{
    [Fact]
    public void TryScan_AnyAnswer_AgreesWithDocument() => ForAll.Check(AnswerTexts.Answer, AssertAgrees, 3000);

    [Fact]
    public void TryScan_BrokenAnswer_AgreesWithDocument() => ForAll.Check(JsonTexts.Broken(AnswerTexts.Answer), json =>
    {
        // Bytes that are no UTF-8 are the backend's business, and no document takes them.
        if (IsUtf8(json)) AssertAgrees(json);
        else AnswerScanner.TryScan(json, out _);
    }, 3000);

    [Fact]
    public void TryScan_AnyJson_AgreesWithDocument() => ForAll.Check(JsonTexts.Value, text => AssertAgrees(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void TryScan_ShardsOfJson_AgreesWithDocument() => ForAll.Check(JsonTexts.Shards, AssertAgrees, 5000);

    [Fact]
    public void TryScan_Noise_NeverThrows() => ForAll.Check(JsonTexts.Noise, json => AnswerScanner.TryScan(json, out _), 1000);

    [Fact]
    public void TryScan_EveryTruncation_IsNoAnswer()
    {
        var json = """{"id":"x","choices":[{"index":0,"delta":{"content":"é"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}"""u8.ToArray();
        Assert.True(AnswerScanner.TryScan(json, out _));
        for (var length = 0; length < json.Length; length++) Assert.False(AnswerScanner.TryScan(json.AsSpan(0, length), out _));
    }

    private static bool IsUtf8(byte[] bytes) => System.Text.Unicode.Utf8.IsValid(bytes);

    private static void AssertAgrees(byte[] json)
    {
        var isObject = AnswerScanner.TryScan(json, out var facts);
        using var document = Parse(json);

        Assert.Equal(document?.RootElement.ValueKind == JsonValueKind.Object, isObject);
        if (!isObject) return;

        var root = document!.RootElement;
        var ids = Values(root, "id");
        Assert.Equal(ids.Count > 0 ? ids[0].GetRawText() : null, Text(json, facts.Id));
        Assert.Equal(ids.Count > 1 ? ids[^1].GetRawText() : null, Text(json, facts.SecondId));
        var backends = Values(root, "backend");
        Assert.Equal(backends.Count > 0 ? backends[0].GetRawText() : null, Text(json, facts.Backend));
        Assert.Equal(Values(root, "model").LastOrDefault(v => v.ValueKind == JsonValueKind.String) is { ValueKind: JsonValueKind.String } model
            ? model.GetRawText() : null, Text(json, facts.Model));
        Assert.Equal(Values(root, "error").Exists(v => v.ValueKind != JsonValueKind.Null), facts.Error.IsPresent);
        Assert.Equal(!root.EnumerateObject().Any(), facts.IsEmptyObject);
        Assert.Equal((byte)'{', json[facts.ObjectStart]);
        Assert.Equal(Usage(root), facts.Usage);
        AssertChoices(root, facts);
    }

    private static void AssertChoices(JsonElement root, AnswerFacts facts)
    {
        var all = Values(root, "choices");
        Assert.Equal(all.Count > 0, facts.HasChoices);
        var choices = all.Where(c => c.ValueKind == JsonValueKind.Array).SelectMany(c => c.EnumerateArray()).ToList();
        Assert.Equal(choices.Count, facts.ChoiceCount);
        UInt128 present = 0, finished = 0;
        foreach (var choice in choices.Where(c => c.ValueKind == JsonValueKind.Object))
        {
            // The last of repeated keys counts, as for most readers; what is no index at all does not.
            var bit = UInt128.One << (int)((Values(choice, "index").Select(Tokens).LastOrDefault(i => i is not null) ?? 0) & 127);
            present |= bit;
            if (Values(choice, "finish_reason").LastOrDefault().ValueKind == JsonValueKind.String) finished |= bit;
        }

        Assert.Equal(present, facts.Choices);
        Assert.Equal(finished, facts.FinishedChoices);
    }

    private static TokenUsage? Usage(JsonElement root)
    {
        long? prompt = null, completion = null;
        foreach (var usage in Values(root, "usage").Where(u => u.ValueKind == JsonValueKind.Object))
        {
            foreach (var count in Values(usage, "prompt_tokens")) prompt = Tokens(count) ?? prompt;
            foreach (var count in Values(usage, "completion_tokens")) completion = Tokens(count) ?? completion;
        }

        return prompt is null && completion is null ? null : new TokenUsage(prompt ?? 0, completion ?? 0);
    }

    private static long? Tokens(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count >= 0 ? count : null;

    private static List<JsonElement> Values(JsonElement element, string name) =>
        [.. element.EnumerateObject().Where(p => NameOf(p) == name).Select(p => p.Value)];

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonDocument? Parse(byte[] json)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(byte[] json, JsonSpan span) => span.IsPresent ? Encoding.UTF8.GetString(span.Of(json)) : null;
}
