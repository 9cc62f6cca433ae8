using System.Text.Json;
using Penstock.Configuration;

namespace Penstock.Backends.Http.Engines;

/// <summary>Ollama: it says which models it has in memory and how long their contexts are, and nothing of its calls.</summary>
internal sealed class OllamaSource : IEngineSource
{
    public async ValueTask<EngineReport> ReadAsync(EnginePages pages, long readAt, CancellationToken cancellationToken)
    {
        var page = await pages.GetAsync("/api/ps", cancellationToken);
        if (!page.IsOk) return new EngineReport(page.Outcome);
        if (!TryRead(page.Body.Span, out var tokens)) return new EngineReport(EngineOutcome.TellsNothing);
        return new EngineReport(EngineOutcome.Told, new EngineReading
        {
            Kind = EngineKind.Ollama,
            ReadAt = readAt,
            CacheTokens = tokens > 0 ? tokens : null,
        });
    }

    // {"models":[{"name":…,"context_length":4096},…]}
    private static bool TryRead(ReadOnlySpan<byte> json, out long tokens)
    {
        tokens = 0;
        var hasModels = false;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName) continue;
                if (reader.CurrentDepth == 1) hasModels |= reader.ValueTextEquals("models"u8);
                if (reader.CurrentDepth != 3 || !reader.ValueTextEquals("context_length"u8)) continue;
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var length) && length > 0) tokens += length;
            }

            return hasModels;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
