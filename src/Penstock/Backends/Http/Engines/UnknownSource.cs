using System.Text.Json;
using Penstock.Configuration;

namespace Penstock.Backends.Http.Engines;

/// <summary>A server of which nothing was said: it is recognised by what it answers, in three questions at most.</summary>
internal sealed class UnknownSource : IEngineSource
{
    private IEngineSource? _found;

    public async ValueTask<EngineReport> ReadAsync(EnginePages pages, long readAt, CancellationToken cancellationToken)
    {
        if (_found is null)
        {
            var (kind, outcome) = await RecogniseAsync(pages, cancellationToken);
            if (kind is null) return new EngineReport(outcome);
            _found = EngineSources.For(kind.Value);
        }

        var report = await _found.ReadAsync(pages, readAt, cancellationToken);
        // Another server may come up in its place.
        if (report.Outcome is EngineOutcome.TellsNothing or EngineOutcome.Gone) _found = null;
        return report;
    }

    private static async ValueTask<(EngineKind? Kind, EngineOutcome Outcome)> RecogniseAsync(EnginePages pages, CancellationToken cancellationToken)
    {
        var page = await pages.GetAsync("/metrics", cancellationToken);
        if (page.IsOk && EngineMetrics.Read(page.Body.Span).Kind is { } kind) return (kind, EngineOutcome.Told);
        if (page.IsNoAnswer) return (null, page.Outcome);

        page = await pages.GetAsync("/props", cancellationToken);
        if (page.IsOk && LlamaCppProps.Read(page.Body.Span) is not null) return (EngineKind.LlamaCpp, EngineOutcome.Told);
        if (page.IsNoAnswer) return (null, page.Outcome);

        page = await pages.GetAsync("/api/version", cancellationToken);
        if (page.IsOk && IsOllamas(page.Body.Span)) return (EngineKind.Ollama, EngineOutcome.Told);
        return (null, page.IsNoAnswer ? page.Outcome : EngineOutcome.TellsNothing);
    }

    // {"version":"0.5.1"}
    private static bool IsOllamas(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName
                && reader.ValueTextEquals("version"u8) && reader.Read() && reader.TokenType == JsonTokenType.String;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
