namespace Penstock.Routing.Prefix;

/// <summary>
/// By how much one more running call lengthens each token. A token takes a step of the server, which has a part of its own, a
/// part for each running call, and now and then a part of somebody's prompt: where it took little for the calls that ran, little
/// but the calls' own part is left. What one in twenty of the last answers was below counts: a line through all of them would
/// follow the prompts, and the least would be whatever came in one piece. Not safe for use by several threads.
/// </summary>
internal sealed class DecodeCost
{
    // Answers that are looked back on, and before anything is believed.
    private const int Window = 256;
    private const int FewestTelling = 16;
    private const int Part = 20;

    // No server writes faster for one call: what seems to be has written several answers at once, or kept one back.
    private const double LeastSeconds = 0.00025;

    private readonly double[] _seen = new double[Window];
    private long _count;
    private long _nextLook = FewestTelling;

    /// <summary>Seconds a token and running call.</summary>
    public double Seconds { get; private set; } = ServerPace.UsualDecodeCost;

    /// <param name="running">Calls that ran, on average, this one among them.</param>
    /// <param name="seconds">How long a token took.</param>
    public void Observe(double running, double seconds)
    {
        if (running < 1 || seconds < LeastSeconds) return;
        _seen[_count++ % Window] = seconds / running;
        if (_count < _nextLook) return;
        // Seldom, as it has to be sorted.
        _nextLook += Math.Min(_nextLook, Window / 2);
        Span<double> sorted = stackalloc double[Window];
        sorted = sorted[..(int)Math.Min(_count, Window)];
        _seen.AsSpan(0, sorted.Length).CopyTo(sorted);
        sorted.Sort();
        Seconds = sorted[sorted.Length / Part];
    }
}
