namespace Penstock.Admission.Queue;

/// <summary>How fast a line moves: the tokens a second that were served while somebody waited, the last ten seconds of that above all.</summary>
internal sealed class DrainRate
{
    private const double Memory = 10;

    private double _work;
    private double _seconds;
    private TimeSpan _at;

    /// <summary>Somebody waits from now on; the time in which nobody did says nothing.</summary>
    public void Resume(TimeSpan now) => _at = now;

    /// <summary>Somebody was served.</summary>
    public void Served(long tokens, TimeSpan now)
    {
        Advance(now);
        _work += tokens;
    }

    /// <summary>How long that much work takes; null: nobody knows, because nothing was served yet.</summary>
    public TimeSpan? TimeFor(long tokens, TimeSpan now)
    {
        Advance(now);
        var perSecond = _work / _seconds;
        return double.IsFinite(perSecond) && perSecond > 0 ? TimeSpan.FromSeconds(Math.Min(tokens / perSecond, TimeSpan.SecondsPerDay)) : null;
    }

    private void Advance(TimeSpan now)
    {
        var left = Math.Exp(-(now - _at).TotalSeconds / Memory);
        _work *= left;
        _seconds = (_seconds * left) + (Memory * (1 - left));
        _at = now;
    }
}
