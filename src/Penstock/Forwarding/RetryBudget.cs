namespace Penstock.Forwarding;

/// <summary>
/// How many extra attempts the gateway may make: a share of the requests of the last ten seconds, and a few in any
/// case. In an outage every request fails at first, and without this the servers that are left would get all of them twice.
/// </summary>
internal sealed class RetryBudget(TimeProvider time)
{
    private const int Seconds = 10;

    // A gateway with little to do may still retry what it has.
    private const int FloorPerSecond = 3;

    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private readonly Second[] _seconds = [.. Enumerable.Range(0, Seconds + 1).Select(_ => new Second())];

    /// <summary>A request has come.</summary>
    public void CountRequest() => Interlocked.Increment(ref Now().Requests);

    /// <summary>Takes one extra attempt out of the budget; false where there is none left.</summary>
    /// <param name="share">Extra attempts, as a share of the requests.</param>
    public bool TrySpend(double share)
    {
        lock (_lock)
        {
            var now = Now();
            var (requests, spent) = (0L, 0L);
            foreach (var second in _seconds)
            {
                if (second.Number <= now.Number - Seconds) continue;
                requests += Volatile.Read(ref second.Requests);
                spent += second.Spent;
            }

            if (spent >= Math.Max(share * requests, FloorPerSecond * Seconds)) return false;
            now.Spent++;
            return true;
        }
    }

    private Second Now()
    {
        var number = (long)time.GetElapsedTime(_start).TotalSeconds;
        var second = _seconds[number % _seconds.Length];
        return Volatile.Read(ref second.Number) == number ? second : Begin(second, number);
    }

    private Second Begin(Second second, long number)
    {
        lock (_lock)
        {
            if (second.Number >= number) return second;
            second.Requests = 0;
            second.Spent = 0;
            Volatile.Write(ref second.Number, number);
            return second;
        }
    }

    private sealed class Second
    {
        public long Number = -1;
        public long Requests;
        public long Spent;
    }
}
