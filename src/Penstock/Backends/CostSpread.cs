namespace Penstock.Backends;

/// <summary>
/// How far single answers are from what all cost, of some dozens of the last ones: where short and long ones are mixed, a few of them say
/// little of the rest, and those few cannot tell. Belongs to the lock of its owner.
/// </summary>
internal sealed class CostSpread
{
    private const double Keep = 1 - (1.0 / 64);

    private double _deviation;
    private double _degrees;

    /// <summary>Answers were judged, and others follow.</summary>
    public void Add(CostSample sample)
    {
        if (sample.Count < 2) return;
        var kept = Math.Pow(Keep, sample.Count);
        _deviation = (kept * _deviation) + sample.Deviation;
        _degrees = (kept * _degrees) + sample.Count - 1;
    }

    /// <summary>By how much the cost of some answers, two at least, may differ from what it would be of many: the standard error of a ratio.</summary>
    public double ErrorOf(CostSample sample)
    {
        if (sample.Work <= 0) return 0;
        var variance = (_deviation + sample.Deviation) / (_degrees + sample.Count - 1);
        return sample.Cost * Math.Sqrt(variance * sample.Count) / sample.Work;
    }

    /// <summary>Nothing is known any more.</summary>
    public void Forget() => _deviation = _degrees = 0;
}
