namespace Penstock.Engines;

/// <summary>
/// A model of an inference server, on a time that is told to it: whoever drives it says what time it is, in microseconds
/// from any beginning, and never goes back. The simulator jumps from event to event; a mock server asks as often as it
/// streams. Not thread-safe.
/// </summary>
internal interface IEngine
{
    /// <summary>
    /// When <see cref="Advance"/> has something to say, or something to begin, at the latest: <see cref="long.MaxValue"/> where
    /// nothing happens without another call. A call that is submitted or cancelled changes it.
    /// </summary>
    long NextEventAt { get; }

    /// <summary>What it would say of itself at the time that it was last told.</summary>
    EngineReadings Readings { get; }

    /// <summary>A call arrives. Calls of one moment are looked at together, in their order.</summary>
    /// <exception cref="ArgumentException">It can never be answered: it is larger than the cache, or its slot does not exist.</exception>
    void Submit(EngineCall call, long now);

    /// <summary>A caller has left.</summary>
    /// <returns>Whether the call was still here. Nothing is reported of it from here on.</returns>
    bool Cancel(EngineCall call, long now);

    /// <summary>Lets time pass up to and including a moment.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="events">Gets what has happened since the last time, in its order.</param>
    void Advance(long now, List<EngineEvent> events);

    /// <summary>From now on writes down what becomes known in its cache and what is forgotten, in that order. Who publishes nothing of it writes nothing.</summary>
    /// <param name="changes">Gets it. Whoever has read it empties it.</param>
    void PublishTo(List<CacheChange> changes);

    /// <summary>How many tokens of its answer a call has, at the time that was last told; 0 for one that is not here.</summary>
    int Generated(EngineCall call);
}
