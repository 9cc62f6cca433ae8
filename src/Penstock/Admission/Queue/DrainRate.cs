namespace Penstock.Admission.Queue;

/// <summary>How fast a line moves: the tokens a second that were served while somebody waited, the last ten seconds of that above all.</summary>
internal sealed class DrainRate
{
    private const double Memory = 10;

    private double _work;
    private double _seconds;

    /// <summary>Somebody has waited for so long, whether he was served or not. The time in which nobody did says nothing.</summary>
    public void Waited(TimeSpan time)
    {
        var left = Math.Exp(-time.TotalSeconds / Memory);
        _work *= left;
        _seconds = (_seconds * left) + (Memory * (1 - left));
    }

    /// <summary>Somebody was served.</summary>
    public void Served(long tokens) => _work += tokens;

    /// <summary>How long that much work takes, a day at most; null: nobody knows, because nothing was served yet.</summary>
    public TimeSpan? TimeFor(long tokens)
    {
        var perSecond = _work / _seconds;
        return double.IsFinite(perSecond) && perSecond > 0 ? TimeSpan.FromSeconds(Math.Min(tokens / perSecond, TimeSpan.SecondsPerDay)) : null;
    }
}
