using System.Collections.Concurrent;

namespace Penstock.Bench.Soak;

/// <summary>
/// Which fault befalls which request: a twentieth of all numbers each, and the rest none. It depends on the request's
/// number and the upstream's only, so that "for ever" and "once" mean the request, however often it is tried.
/// </summary>
internal sealed class FaultPlan(int seed, int upstream)
{
    private const int Twentieth = 20;

    private readonly ConcurrentDictionary<int, bool> _tried = new();
    private readonly long[] _injected = new long[(int)SoakFault.WithoutDone + 1];

    /// <summary>How often each fault was done, by its number.</summary>
    public IReadOnlyList<long> Injected => Array.ConvertAll(_injected, static count => Interlocked.Read(ref count));

    /// <summary>What this try at the request is to meet.</summary>
    public SoakFault Next(int request)
    {
        var fault = FaultOf(request);
        // What happens once is remembered; all else would only fill the memory of a long run.
        if (fault is SoakFault.RateLimitedOnce or SoakFault.FailsOnce or SoakFault.ResetsOnce && !_tried.TryAdd(request, true))
            fault = SoakFault.None;
        Interlocked.Increment(ref _injected[(int)fault]);
        return fault;
    }

    private SoakFault FaultOf(int request)
    {
        // A generator of its own for every number: what other requests did must not matter.
        var roll = new Random(HashOf(request)).Next(Twentieth) + 1;
        return roll <= (int)SoakFault.WithoutDone ? (SoakFault)roll : SoakFault.None;
    }

    // HashCode.Combine is salted by the process; these are the primes of a plain mix.
    private int HashOf(int request) => unchecked((((seed * 31) + upstream) * 486187739) + (request * 16777619));
}
