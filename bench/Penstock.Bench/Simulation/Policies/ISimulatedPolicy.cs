using Penstock.Engines;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// A router, as the simulation drives it: told what a router can know, it says which call goes where, at once or later. After
/// everything that it is told it is asked what is to be sent, until there is nothing more. One run has one of its own.
/// </summary>
internal interface ISimulatedPolicy
{
    /// <summary>How often it reads what the servers tell of themselves: that is how old a reading may be.</summary>
    long ReadingMicroseconds => 1_000_000;

    /// <summary>What a server tells of itself; first before any call.</summary>
    void Observe(int server, EngineReadings readings, long now)
    {
    }

    /// <summary>Whether it is told what servers publish of their caches.</summary>
    bool ReadsCacheEvents => false;

    /// <summary>A server has published what became known in its cache and what was forgotten.</summary>
    void CacheChanged(int server, IReadOnlyList<CacheChange> changes, long now)
    {
    }

    /// <summary>A call has come.</summary>
    void Arrived(SimulatedCall call, long now);

    /// <summary>What is to be sent now.</summary>
    /// <returns>Whether there is anything.</returns>
    bool TryNext(long now, out SimulatedDispatch dispatch);

    /// <summary>A call that was sent has its first token.</summary>
    void FirstToken(SimulatedCall call, long now)
    {
    }

    /// <summary>A call that was sent is over. Its server says how many tokens it had in its cache.</summary>
    void Ended(SimulatedCall call, long now)
    {
    }
}
