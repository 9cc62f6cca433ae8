namespace Penstock.Engines;

/// <summary>
/// What the models of continuous batching have in common: one step after the other, each with the calls that are there when it
/// begins. Steps that only write are passed over up to the next moment at which anything changes.
/// </summary>
internal abstract class SteppedEngine : IEngine
{
    private readonly List<EngineEvent> _events = [];

    // The steps under way: how many of the same kind, when the first of them began, how long each takes.
    private long _planned;
    private long _begun;
    private long _duration;

    public long NextEventAt =>
        _events.Count > 0 ? _events[0].At
        : _planned > 0 ? _begun + (_planned * _duration)
        : IsEmpty ? long.MaxValue
        : _begun;

    public abstract EngineReadings Readings { get; }

    /// <summary>Whether no call is here.</summary>
    protected abstract bool IsEmpty { get; }

    /// <summary>Whether the step under way reads any prompt.</summary>
    protected abstract bool IsReading { get; }

    public void Submit(EngineCall call, long now)
    {
        Check(call);
        Run(now, begin: false);
        Enter(call);
        Interrupt(now);
    }

    public bool Cancel(EngineCall call, long now)
    {
        Run(now, begin: false);
        if (!TryGiveUp(call, now)) return false;
        _events.RemoveAll(e => e.Call == call);
        Interrupt(now);
        return true;
    }

    public void Advance(long now, List<EngineEvent> events)
    {
        Run(now, begin: true);
        events.AddRange(_events);
        _events.Clear();
    }

    public virtual void PublishTo(List<CacheChange> changes)
    {
    }

    public abstract int Generated(EngineCall call);

    /// <exception cref="ArgumentException">The call can never be answered.</exception>
    protected abstract void Check(EngineCall call);

    /// <summary>A call comes.</summary>
    protected abstract void Enter(EngineCall call);

    /// <summary>A call is given up, where it is here.</summary>
    protected abstract bool TryGiveUp(EngineCall call, long now);

    /// <summary>Says what is done next: so many steps, and how long each of them takes.</summary>
    /// <param name="now">When the first of them begins.</param>
    protected abstract (long Steps, long Duration) Plan(long now);

    /// <summary>Steps have been done, all or some of those that were planned.</summary>
    /// <param name="steps">How many.</param>
    /// <param name="now">When the last of them ended.</param>
    protected abstract void Complete(long steps, long now);

    protected void Report(EngineEvent e) => _events.Add(e);

    // Steps that begin at this very moment wait for others who come at it.
    private void Run(long now, bool begin)
    {
        while (true)
        {
            if (_planned == 0)
            {
                if (IsEmpty) _begun = now;
                if (IsEmpty || (_begun == now && !begin)) return;
                (_planned, _duration) = Plan(_begun);
            }

            var done = Math.Min(_planned, (now - _begun) / _duration);
            if (done == 0) return;
            _begun += done * _duration;
            _planned -= done;
            Complete(done, _begun);
            if (_planned > 0) return;
        }
    }

    // A step that has begun goes on to its end; those after it may be different now. Steps that only write have taken nothing yet.
    private void Interrupt(long now)
    {
        if (_planned > 0) _planned = _begun == now && !IsReading ? 0 : 1;
    }
}
