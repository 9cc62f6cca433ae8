namespace Penstock.Admission.Queue;

/// <summary>How fast a line moves: the tokens a second of calls that have ended while somebody waited, the last ten seconds of that above all.</summary>
internal sealed class DrainRate
{
    private const double Memory = 10;

    private double _work;
    private double _seconds;

    private double PerSecond => _work / _seconds;

    private bool IsKnown => double.IsFinite(PerSecond) && PerSecond > 0;

    /// <summary>Somebody has waited for so long, whether he was served or not. The time in which nobody did says nothing.</summary>
    public void Waited(TimeSpan time)
    {
        var left = Math.Exp(-time.TotalSeconds / Memory);
        _work *= left;
        _seconds = (_seconds * left) + (Memory * (1 - left));
    }

    /// <summary>A call that was served has ended, and was so much work.</summary>
    public void Ended(long tokens) => _work += tokens;

    /// <summary>How long that much work takes, a day at most; null: nobody knows, because nothing was served yet.</summary>
    public TimeSpan? TimeFor(long tokens) =>
        IsKnown ? TimeSpan.FromSeconds(Math.Min(tokens / PerSecond, TimeSpan.SecondsPerDay)) : null;

    /// <summary>How much work is done in that time, in tokens, a little of one at least; null: nobody knows.</summary>
    public long? TokensIn(TimeSpan time) => IsKnown ? (long)Math.Clamp(PerSecond * time.TotalSeconds, 1, 1e15) : null;
}
