namespace Penstock.Backends;

/// <summary>
/// Whether first tokens come later than they did, for the prompts that they answer. A prompt's cost is its time to the first
/// token for each token that the server had to read. What counts is the median of some answers against the least such median
/// so far. Belongs to the lock of its owner.
/// </summary>
internal sealed class FirstTokenGradient
{
    private const int Window = 64;
    private const int FewestAnswers = 8;

    // The shortest prompt costs a step of the server all the same, about as much as reading this many tokens.
    private const int TokensOfAStep = 256;

    // As late again as at best is a line in front of the server, and no busy server without one.
    private const double Tolerance = 2;
    private const double Decrease = 0.8;

    // So many decreases (0.8 to the fourth: 0.41) without an effect: the prompts have become dearer, and not the line longer.
    private const int MostInVain = 4;
    private const double Effect = 0.8;

    // What was best long ago need not be possible any more. It is forgotten while there is room; else a line that is just
    // short enough would become the measure, and the next one might be longer.
    private const double Forgetting = 1.002;

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

    public void Observe(TimeSpan after, long tokens) =>
        _costs[_count++ % Window] = after.TotalSeconds / (Math.Max(tokens, 0) + TokensOfAStep);

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
        if (_least is not { } least || cost <= Tolerance * least)
        {
            _least = Math.Min((_least ?? cost) * (2 * held <= limit ? Forgetting : 1), cost);
            _inVain = 0;
            return (null, true);
        }

        // The last decrease has not come into effect yet.
        if (inFlight > limit) return (null, false);
        if (_inVain == 0) (_costBefore, _limitBefore) = (cost, limit);
        if (_inVain++ < MostInVain) return (Decrease * held, false);
        _inVain = 0;
        if (cost <= Effect * _costBefore) return (Decrease * held, false);
        _least = cost;
        return (_limitBefore, false);
    }

    private double Median()
    {
        var costs = _costs.AsSpan(0, Math.Min(_count, Window));
        costs.Sort();
        return costs[costs.Length / 2];
    }
}
