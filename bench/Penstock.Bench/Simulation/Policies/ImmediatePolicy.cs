using Penstock.Engines;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>A router without a line of its own: a call is sent when it comes, and waits at its server.</summary>
internal abstract class ImmediatePolicy(int servers, int seed) : ISimulatedPolicy
{
    private readonly Queue<SimulatedCall> _arrived = [];
    private readonly EngineReadings[] _readings = new EngineReadings[servers];
    private readonly int[] _inFlight = new int[servers];

    public virtual long ReadingMicroseconds => 1_000_000;

    protected int Servers => servers;

    protected Random Random { get; } = new(seed);

    /// <summary>The calls that it has sent to each server and that are not over.</summary>
    protected ReadOnlySpan<int> InFlight => _inFlight;

    protected ReadOnlySpan<EngineReadings> Readings => _readings;

    public virtual bool ReadsCacheEvents => false;

    public void Observe(int server, EngineReadings readings, long now) => _readings[server] = readings;

    public virtual void CacheChanged(int server, IReadOnlyList<CacheChange> changes, long now)
    {
    }

    public void Arrived(SimulatedCall call, long now) => _arrived.Enqueue(call);

    public bool TryNext(long now, out SimulatedDispatch dispatch)
    {
        dispatch = default;
        if (!_arrived.TryDequeue(out var call)) return false;
        var server = Choose(call);
        _inFlight[server]++;
        Sent(call, server);
        dispatch = new SimulatedDispatch(call, server);
        return true;
    }

    public virtual void FirstToken(SimulatedCall call, long now)
    {
    }

    public virtual void Ended(SimulatedCall call, long now) => _inFlight[call.Server]--;

    protected abstract int Choose(SimulatedCall call);

    protected virtual void Sent(SimulatedCall call, int server)
    {
    }

    /// <summary>The server with the least of something; among equals any, by chance.</summary>
    protected int Least(Func<int, double> cost)
    {
        var (best, least, equals) = (-1, double.PositiveInfinity, 0);
        for (var server = 0; server < servers; server++)
        {
            var its = cost(server);
            if (its > least) continue;
            equals = its < least ? 1 : equals + 1;
            if (equals == 1 || Random.Next(equals) == 0) (best, least) = (server, its);
        }

        return best;
    }
}
