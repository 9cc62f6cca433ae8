using Penstock.Configuration;

namespace Penstock.Backends.Http.Engines;

/// <summary>
/// llama.cpp's server. Its properties are read once, its slots and metrics each time; either may be turned off
/// (<c>--no-slots</c>, no <c>--metrics</c>), and is not asked for again then until the server was away.
/// </summary>
internal sealed class LlamaCppSource : IEngineSource
{
    private bool _knowsProps;
    private LlamaCppProps? _props;
    private bool _hasNoSlots;
    private bool _hasNoMetrics;

    public async ValueTask<EngineReport> ReadAsync(EnginePages pages, long readAt, CancellationToken cancellationToken)
    {
        if (!_knowsProps || _props is { IsSleeping: true })
        {
            var page = await pages.GetAsync("/props", cancellationToken);
            if (!page.IsOk && page.Outcome != EngineOutcome.TellsNothing) return Lost(page);
            _props = page.IsOk ? LlamaCppProps.Read(page.Body.Span) : null;
            _knowsProps = true;
        }

        // A question for its slots would wake it.
        if (_props is { IsSleeping: true } sleeping) return Told(new EngineReading
        {
            Kind = EngineKind.LlamaCpp,
            ReadAt = readAt,
            Running = 0,
            Waiting = 0,
            Seats = sleeping.TotalSlots,
        });

        IReadOnlyList<SlotReading>? slots = null;
        if (!_hasNoSlots)
        {
            var page = await pages.GetAsync("/slots", cancellationToken);
            if (!page.IsOk && page.Outcome != EngineOutcome.TellsNothing) return Lost(page);
            slots = page.IsOk ? LlamaCppSlots.Read(page.Body.Span) : null;
            _hasNoSlots = slots is null;
        }

        EngineMetrics? metrics = null;
        if (!_hasNoMetrics)
        {
            var page = await pages.GetAsync("/metrics", cancellationToken);
            if (!page.IsOk && page.Outcome != EngineOutcome.TellsNothing) return Lost(page);
            if (page.IsOk && EngineMetrics.Read(page.Body.Span) is { Kind: EngineKind.LlamaCpp } read) metrics = read;
            _hasNoMetrics = metrics is null;
        }

        return _props is null && slots is null && metrics is null ? Forget(EngineOutcome.TellsNothing) : Told(Compose(slots, metrics, readAt));
    }

    private EngineReading Compose(IReadOnlyList<SlotReading>? slots, EngineMetrics? metrics, long readAt)
    {
        var reading = metrics?.ToReading(readAt) ?? new EngineReading { Kind = EngineKind.LlamaCpp, ReadAt = readAt };
        return reading with
        {
            Running = reading.Running ?? slots?.Count(slot => slot.IsProcessing),
            Seats = _props?.TotalSlots ?? (slots is { Count: > 0 } ? slots.Count : null),
            Slots = slots,
            KeepsPrompts = _props?.KeepsPrompts == true,
            CacheTokens = slots?.Sum(slot => (long)slot.ContextTokens) is > 0 and var tokens ? tokens : null,
        };
    }

    private static EngineReport Told(EngineReading reading) => new(EngineOutcome.Told, reading);

    private EngineReport Lost(in EnginePage page) => page.Outcome == EngineOutcome.Silent ? new EngineReport(EngineOutcome.Silent) : Forget(page.Outcome);

    // It may come back with other flags.
    private EngineReport Forget(EngineOutcome outcome)
    {
        _knowsProps = _hasNoSlots = _hasNoMetrics = false;
        _props = null;
        return new EngineReport(outcome);
    }
}
