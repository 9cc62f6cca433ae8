using Penstock.Configuration;

namespace Penstock.Backends.Http.Engines;

/// <summary>Asks one server about itself, as its configuration says what it is.</summary>
internal sealed class EngineReporter(BackendConfig config, EnginePages pages) : IEngineReporter
{
    private readonly IEngineSource _source = EngineSources.For(config.Kind);

    // Who names a kind wants it asked. Else it is asked where it is asked whether it lives, and left alone where it is not:
    // behind https: are hosted APIs mostly, which bill or bar those who poll.
    public bool IsAsked { get; } = config.Kind switch
    {
        EngineKind.OpenAi => false,
        EngineKind.Auto => config.Health.IsProbed,
        _ => true,
    };

    public async ValueTask<EngineReport> ReportAsync(long readAt, CancellationToken cancellationToken)
    {
        var report = await _source.ReadAsync(pages, readAt, cancellationToken);
        // What was said of its kind holds, whatever it tells: there are seats to be found.
        return report.Outcome == EngineOutcome.TellsNothing && config.Kind != EngineKind.Auto
            ? report with { Reading = new EngineReading { Kind = config.Kind, ReadAt = readAt } }
            : report;
    }
}
