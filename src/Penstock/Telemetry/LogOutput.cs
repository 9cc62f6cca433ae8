namespace Penstock.Telemetry;

/// <summary>The sink of the access log, if there is one.</summary>
/// <param name="sink">Where lines go; null: nowhere.</param>
/// <param name="isOwned">Whether it ends with the services; else with whoever made it.</param>
internal sealed class LogOutput(LogSink? sink, bool isOwned) : IDisposable
{
    public LogSink? Sink => sink;

    public void Dispose()
    {
        if (isOwned) sink?.Dispose();
    }
}
