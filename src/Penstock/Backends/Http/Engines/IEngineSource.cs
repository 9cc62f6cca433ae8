namespace Penstock.Backends.Http.Engines;

/// <summary>Reads one kind of server. It may remember what that server has; one call at a time.</summary>
internal interface IEngineSource
{
    ValueTask<EngineReport> ReadAsync(EnginePages pages, long readAt, CancellationToken cancellationToken);
}
