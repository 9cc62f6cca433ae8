using System.Runtime.CompilerServices;

namespace Penstock.Backends;

/// <summary>What is known of a backend beyond its configuration. It outlives a reload: the next snapshot finds it by name.</summary>
internal sealed class BackendState(StrongBox<long> inFlight)
{
    private int _usageInjection;

    /// <summary>Requests that were sent and have not ended.</summary>
    public long InFlight => Interlocked.Read(ref inFlight.Value);

    /// <summary>Whether the server takes <c>stream_options</c>, as far as its answers have shown.</summary>
    public UsageInjection UsageInjection
    {
        get => (UsageInjection)Volatile.Read(ref _usageInjection);
        set => Volatile.Write(ref _usageInjection, (int)value);
    }

    /// <summary>Counts a request in, until the lease is disposed.</summary>
    public Lease Enter()
    {
        Interlocked.Increment(ref inFlight.Value);
        return new Lease(inFlight);
    }

    /// <summary>One request in flight. Given back once, however often it is disposed.</summary>
    internal sealed class Lease(StrongBox<long> inFlight) : IDisposable
    {
        private StrongBox<long>? _inFlight = inFlight;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _inFlight, null) is { } counter) Interlocked.Decrement(ref counter.Value);
        }
    }
}
