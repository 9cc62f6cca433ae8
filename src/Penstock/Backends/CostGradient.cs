namespace Penstock.Backends;

/// <summary>
/// Whether answers of one sort come later than they did, for the work that they are. What they cost is the time of all of them over
/// the work of all, so that short ones which stood behind a long one count as little as they are; and it is known as well as single
/// answers are alike (<see cref="CostSpread"/>). It counts against the least cost so far. Belongs to the lock of its owner.
/// </summary>
/// <param name="tolerance">How many times the least is a line in front of the server, and no busy server without one.</param>
internal sealed class CostGradient(double tolerance)
{
    private const int FewestAnswers = 8;

    // Who waits for more, to be sure, would wait too long.
    private const int MostAnswers = 64;

    private const double Decrease = 0.8;

    // So many decreases (0.8 to the fourth: 0.41) without an effect: the prompts have become dearer, and not the line longer.
    private const int MostInVain = 4;
    private const double Effect = 0.8;

    // What was best long ago need not be possible any more. It is forgotten while there is room; else a line that is just
    // short enough would become the measure, and the next one might be longer.
    private const double Forgetting = 1.002;

    // What is measured with few calls in flight is nearly the truth, and replaces what was a little better by chance, in time.
    private const double ForgettingOfProbe = 1.2;

    private readonly CostSpread _spread = new();
    private readonly CostSample _answers = new();
    private int _peak;
    private double? _least;
    private int _inVain;
    private double _costBefore;
    private double _limitBefore;

    /// <summary>How many answers there were since the last judgement.</summary>
    public int Count => _answers.Count;

    /// <summary>Whether they are enough to be judged.</summary>
    public bool HasEnough => Count >= FewestAnswers;

    /// <summary>Whether there is anything to compare with.</summary>
    public bool HasLeast => _least is not null;

    /// <summary>An answer came.</summary>
    /// <param name="seconds">How long it took.</param>
    /// <param name="work">How much work it was, in any unit; above 0.</param>
    public void Observe(double seconds, double work) => _answers.Add(seconds, work);

    /// <summary>A call was given up before its answer came. Who waited no longer than it takes at best shows nothing of the server.</summary>
    /// <param name="seconds">How long it had waited.</param>
    /// <param name="work">How much work it was likely to be, in the same unit; above 0.</param>
    public void ObserveUnanswered(double seconds, double work)
    {
        if (seconds > _least * work) _answers.AddUnanswered(seconds);
    }

    /// <summary>So many calls were in flight.</summary>
    public void Reached(int inFlight) => _peak = Math.Max(_peak, inFlight);

    /// <summary>Answers so far do not count.</summary>
    public void Clear()
    {
        _spread.Add(_answers);
        _answers.Clear();
        _peak = 0;
    }

    /// <summary>Nothing is known any more.</summary>
    public void Forget()
    {
        Clear();
        _spread.Forget();
        _least = null;
        _inVain = 0;
    }

    /// <summary>Judges the answers since the last time, where they are enough.</summary>
    /// <param name="limit">The limit in force.</param>
    /// <param name="inFlight">Calls in flight now.</param>
    /// <returns>The limit that there should be instead, or whether this one may grow.</returns>
    public (double? Limit, bool MayGrow) Judge(double limit, int inFlight)
    {
        if (!HasEnough) return default;
        var (cost, error) = (_answers.Cost, Count < MostAnswers ? _spread.ErrorOf(_answers) : 0);
        var held = Math.Min(limit, Math.Max(_peak, 1));
        if (_least is not { } least || cost + error <= tolerance * least)
        {
            Clear();
            // None of the first was answered: they show nothing to compare with.
            if (double.IsInfinity(cost)) return default;
            // Not less than it may be: the least of many guesses would be one that was too low.
            _least = Math.Min((_least ?? double.MaxValue) * (2 * held <= limit ? Forgetting : 1), cost + error);
            _inVain = 0;
            return (null, true);
        }

        // It may be either: more will show.
        if (cost - error <= tolerance * least && Count < MostAnswers) return default;
        Clear();
        // The last decrease has not come into effect where there are more than it allows.
        if (inFlight > limit) return default;
        if (held <= 1)
        {
            // One call at a time makes no line: what it costs is the least.
            if (!double.IsInfinity(cost)) (_least, _inVain) = (cost, 0);
            return default;
        }

        if (_inVain == 0) (_costBefore, _limitBefore) = (cost, limit);
        if (_inVain++ < MostInVain) return (Decrease * held, false);
        _inVain = 0;
        if (double.IsInfinity(cost) || cost <= Effect * _costBefore) return (Decrease * held, false);
        _least = cost;
        return (_limitBefore, false);
    }

    /// <summary>Takes the least from answers that came while few calls were in flight, where they are enough.</summary>
    /// <param name="isNews">Whether answers turned out to cost much less than was believed.</param>
    public bool TryMeasure(out bool isNews)
    {
        isNews = false;
        if (!HasEnough) return false;
        var cost = _answers.Cost + _spread.ErrorOf(_answers);
        Clear();
        // None was answered.
        if (double.IsInfinity(cost)) return true;
        isNews = cost < Effect * _least;
        _least = Math.Min((_least ?? cost) * ForgettingOfProbe, cost);
        _inVain = 0;
        return true;
    }
}
