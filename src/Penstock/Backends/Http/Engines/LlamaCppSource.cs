using Penstock.Configuration;

namespace Penstock.Backends.Http.Engines;

/// <summary>
/// llama.cpp's server. Its slots and metrics are read each time, its properties once a minute. Any of them may be turned off
/// (<c>--no-slots</c>, no <c>--metrics</c>), and is not asked for again then until the next minute, or until the server was away.
/// </summary>
internal sealed class LlamaCppSource : IEngineSource
{
    private const int ReadingsAMinute = 60;

    private int _untilAll;
    private LlamaCppProps? _props;
    private bool _hasNoSlots;
    private bool _hasNoMetrics;

    public async ValueTask<EngineReport> ReadAsync(EnginePages pages, long readAt, CancellationToken cancellationToken)
    {
        var isAskedAll = _untilAll <= 0 || _props is { IsSleeping: true };
        var isItself = false;
        if (isAskedAll)
        {
            var page = await pages.GetAsync("/props", cancellationToken);
            if (page.IsNoAnswer) return Lost(page);
            var props = page.IsOk ? LlamaCppProps.Read(page.Body.Span) : null;
            isItself = props is not null;
            // One odd page does not take its slots away.
            _props = props ?? _props;
            _untilAll = ReadingsAMinute;
            _hasNoSlots = _hasNoMetrics = false;
        }

        _untilAll--;
        // A question for its slots would wake it.
        if (_props is { IsSleeping: true } sleeping) return !isItself ? Forget(EngineOutcome.TellsNothing) : Told(new EngineReading
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
            if (page.IsNoAnswer) return Lost(page);
            slots = page.IsOk ? LlamaCppSlots.Read(page.Body.Span) : null;
            _hasNoSlots = page.IsRefused;
        }

        EngineMetrics? metrics = null;
        if (!_hasNoMetrics)
        {
            var page = await pages.GetAsync("/metrics", cancellationToken);
            if (page.IsNoAnswer) return Lost(page);
            if (page.IsOk && EngineMetrics.Read(page.Body.Span) is { Kind: EngineKind.LlamaCpp } read) metrics = read;
            _hasNoMetrics = page.IsRefused;
        }

        isItself |= slots is not null || metrics is not null || (!isAskedAll && _props is not null);
        return isItself ? Told(Compose(slots, metrics, readAt)) : Forget(EngineOutcome.TellsNothing);
    }

    private EngineReading Compose(IReadOnlyList<SlotReading>? slots, EngineMetrics? metrics, long readAt)
    {
        var reading = metrics?.ToReading(readAt) ?? new EngineReading { Kind = EngineKind.LlamaCpp, ReadAt = readAt };
        return reading with
        {
            Running = reading.Running ?? slots?.Count(slot => slot.IsProcessing),
            // Those that it shows now, and not those that it had a minute ago.
            Seats = slots is { Count: > 0 } ? slots.Count : _props?.TotalSlots,
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
        _untilAll = 0;
        _hasNoSlots = _hasNoMetrics = false;
        _props = null;
        return new EngineReport(outcome);
    }
}
