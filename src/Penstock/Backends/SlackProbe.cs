namespace Penstock.Backends;

/// <summary>
/// Now and then, while all seats are taken, a part of them only, until some answers have shown what one costs without a line.
/// Else a gateway that began under load would take what it found for the best that the server can do. Seldom where it
/// teaches nothing, and then never for more than a tenth of the time. Belongs to the lock of its owner.
/// </summary>
internal sealed class SlackProbe
{
    private const double Part = 0.25;

    // Steps, which are seconds.
    private const int ShortestPause = 30;
    private const int LongestPause = 960;
    private const int LongestProbe = 600;
    private const int PauseForEachStep = 10;

    // Calls that do not end keep it from ever having few of them, and others wait meanwhile.
    private const int LongestSilence = 60;

    private int _pause = ShortestPause;
    private int _untilNext = ShortestPause;
    private int _steps;
    private int _silence;
    private int _fewest;
    private int _answers;
    private bool _isBelow;

    /// <summary>So many seats there are while it lasts; null: it does not.</summary>
    public int? Seats { get; private set; }

    /// <summary>All seats were taken in this step; so it may be time for one.</summary>
    /// <param name="limit">How many they are.</param>
    public void Full(double limit)
    {
        if (--_untilNext > 0 || limit < 2) return;
        Seats = Math.Max(1, (int)(limit * Part));
        (_steps, _silence, _fewest, _answers) = (0, 0, int.MaxValue, 0);
        _isBelow = false;
    }

    /// <summary>Takes a step of one that is under way.</summary>
    /// <param name="inFlight">Calls in flight now.</param>
    /// <param name="peak">The most that were, since the last step.</param>
    /// <param name="firstTokens">What streams cost.</param>
    /// <param name="wholes">What whole answers cost.</param>
    /// <returns>Whether what was sent before now shows nothing of what is from now on: there is no line any more, or it is over.</returns>
    public bool Step(int inFlight, int peak, CostGradient firstTokens, CostGradient wholes)
    {
        _steps++;
        if (!_isBelow && inFlight <= Seats)
        {
            _isBelow = true;
            return true;
        }

        var answers = firstTokens.Count + wholes.Count;
        _silence = inFlight < _fewest || answers != _answers ? 0 : _silence + 1;
        (_fewest, _answers) = (Math.Min(inFlight, _fewest), answers);
        var isNews = false;
        var isMeasured = _isBelow && Measure(firstTokens, wholes, out isNews);
        // Fewer calls than that show as much without being held back.
        var isOver = isMeasured || _steps >= LongestProbe || _silence >= LongestSilence || (_isBelow && peak < Seats);
        if (isOver) End(isNews);
        return isOver;
    }

    /// <summary>Ends it, if it is under way.</summary>
    /// <param name="isNews">Whether it was worth while, so that there is to be another one soon.</param>
    public void End(bool isNews = false)
    {
        if (Seats is null) return;
        Seats = null;
        _pause = isNews ? ShortestPause : Math.Min(2 * _pause, LongestPause);
        _untilNext = isNews ? ShortestPause : Math.Max(_pause, PauseForEachStep * _steps);
    }

    /// <summary>Nothing is known any more.</summary>
    public void Forget()
    {
        Seats = null;
        _pause = _untilNext = ShortestPause;
    }

    private static bool Measure(CostGradient firstTokens, CostGradient wholes, out bool isNews)
    {
        var isMeasured = firstTokens.TryMeasure(out var firstNews) | wholes.TryMeasure(out var wholeNews);
        isNews = firstNews || wholeNews;
        return isMeasured;
    }
}
