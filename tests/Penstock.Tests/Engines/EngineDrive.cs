using Penstock.Engines;

namespace Penstock.Tests.Engines;

/// <summary>Drives an engine's time, and keeps what it reports.</summary>
internal sealed class EngineDrive(IEngine engine)
{
    public List<EngineEvent> Events { get; } = [];

    public long Now { get; private set; }

    /// <summary>Goes on from event to event until nothing happens any more.</summary>
    public EngineDrive ToEnd()
    {
        while (engine.NextEventAt != long.MaxValue) To(engine.NextEventAt);
        return this;
    }

    public EngineDrive To(long now)
    {
        engine.Advance(Now = now, Events);
        return this;
    }

    public EngineCall Submit(EngineCall call, long now)
    {
        engine.Submit(call, Now = now);
        return call;
    }

    public EngineEvent First(EngineCall call) => Events.Single(e => e.Call == call && e.Kind == EngineEventKind.FirstToken);

    public EngineEvent End(EngineCall call) => Events.Single(e => e.Call == call && e.Kind == EngineEventKind.Finished);
}
