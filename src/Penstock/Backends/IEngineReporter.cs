namespace Penstock.Backends;

/// <summary>A backend whose server can be asked about itself: how much it works on, how much it has room for.</summary>
internal interface IEngineReporter
{
    /// <summary>Whether it is to be asked at all.</summary>
    bool IsAsked { get; }

    /// <summary>Asks the server. One call at a time. Whatever the server says, garbage too, becomes a report.</summary>
    /// <param name="readAt">The timestamp of now, which the reading carries.</param>
    /// <param name="cancellationToken">Fires when the time for an answer is over; then this throws.</param>
    ValueTask<EngineReport> ReportAsync(long readAt, CancellationToken cancellationToken);
}
