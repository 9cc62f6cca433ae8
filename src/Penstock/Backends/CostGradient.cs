namespace Penstock.Backends;

/// <summary>
/// Whether answers of one sort come later than they did, for the work that they are. An answer's cost is its time, divided by that
/// work. What counts is the median of some answers against the least such median so far. Belongs to the lock of its owner.
/// </summary>
/// <param name="tolerance">How many times the least is a line in front of the server, and no busy server without one.</param>
internal sealed class CostGradient(double tolerance)
{
    private const int Window = 64;
    private const int FewestAnswers = 8;

    private const double Decrease = 0.8;

    // So many decreases (0.8 to the fourth: 0.41) without an effect: the prompts have become dearer, and not the line longer.
    private const int MostInVain = 4;
    private const double Effect = 0.8;

    // What was best long ago need not be possible any more. It is forgotten while there is room; else a line that is just
    // short enough would become the measure, and the next one might be longer.
    private const double Forgetting = 1.002;

    // What is measured with few calls in flight is nearly the truth, and replaces what was a little better by chance, in time.
    private const double ForgettingOfProbe = 1.2;

    // Without answers that show anything there is no evidence, and so no reason to stay small.
    private const int PatienceInSteps = 10;

    private readonly double[] _costs = new double[Window];
    private int _count;
    private int _stepsWithout;
    private int _peak;
    private double? _least;
    private int _inVain;
    private double _costBefore;
    private double _limitBefore;

    /// <summary>How many answers there were since the last judgement.</summary>
    public int Count => _count;

    /// <summary>Whether there is anything to compare with.</summary>
    public bool HasLeast => _least is not null;

    /// <summary>An answer came.</summary>
    /// <param name="cost">Seconds for a unit of work.</param>
    public void Observe(double cost) => _costs[_count++ % Window] = cost;

    /// <summary>Answers so far do not count.</summary>
    public void Clear() => _count = _stepsWithout = _peak = 0;

    /// <summary>Nothing is known any more.</summary>
    public void Forget()
    {
        Clear();
        _least = null;
        _inVain = 0;
    }

    /// <summary>Judges the answers since the last time, where they are enough.</summary>
    /// <param name="limit">The limit in force.</param>
    /// <param name="inFlight">Calls in flight now.</param>
    /// <param name="peak">The most that were, since the last time.</param>
    /// <returns>The limit that there should be instead, or whether this one may grow.</returns>
    public (double? Limit, bool MayGrow) Judge(double limit, int inFlight, int peak)
    {
        _peak = Math.Max(_peak, peak);
        if (_count < FewestAnswers) return (null, ++_stepsWithout >= PatienceInSteps);
        var cost = Median();
        var held = Math.Min(limit, Math.Max(_peak, 1));
        Clear();
        if (_least is not { } least || cost <= tolerance * least)
        {
            _least = Math.Min((_least ?? cost) * (2 * held <= limit ? Forgetting : 1), cost);
            _inVain = 0;
            return (null, true);
        }

        // One call at a time makes no line; nor has the last decrease come into effect where there are more than it allows.
        if (held <= 1 || inFlight > limit) return (null, false);
        if (_inVain == 0) (_costBefore, _limitBefore) = (cost, limit);
        if (_inVain++ < MostInVain) return (Decrease * held, false);
        _inVain = 0;
        if (cost <= Effect * _costBefore) return (Decrease * held, false);
        _least = cost;
        return (_limitBefore, false);
    }

    /// <summary>Takes the least from answers that came while few calls were in flight, where they are enough.</summary>
    /// <param name="isNews">Whether answers turned out to cost much less than was believed.</param>
    public bool TryMeasure(out bool isNews)
    {
        isNews = false;
        if (_count < FewestAnswers) return false;
        var cost = Median();
        Clear();
        isNews = cost < Effect * _least;
        _least = Math.Min((_least ?? cost) * ForgettingOfProbe, cost);
        _inVain = 0;
        return true;
    }

    private double Median()
    {
        var costs = _costs.AsSpan(0, Math.Min(_count, Window));
        costs.Sort();
        return costs[costs.Length / 2];
    }
}
