namespace Penstock.Backends;

/// <summary>
/// What answers tell of a server that says nothing of its line: streams by their first tokens, whole answers by all of their time, each
/// against its like. Belongs to the lock of its owner.
/// </summary>
internal sealed class AnswerGradient
{
    // The shortest prompt costs a step of the server all the same, about as much as reading this many tokens; and a token
    // that is written about as much as reading so many, between a few on a CPU and a hundred on a large GPU.
    private const int TokensOfAStep = 256;
    private const int TokensOfAWrittenOne = 32;

    // As late again as at best is a line in front of the server, and no busy server without one.
    private readonly CostGradient _firstTokens = new(tolerance: 2);

    // A token takes longer to write in company, which is not a reason to send less: there is more to tolerate.
    private readonly CostGradient _wholes = new(tolerance: 3);
    private readonly SlackProbe _probe = new();
    private long _since = long.MinValue;

    // Answers that show nothing.
    private int _silent;

    /// <summary>So many seats there are to be for now, whatever the limit is; null: as many as that.</summary>
    public int? ProbedSeats => _probe.Seats;

    /// <summary>A stream's first content came.</summary>
    /// <param name="after">Since it was sent.</param>
    /// <param name="tokens">How many the server had to read.</param>
    /// <param name="sentAt">When it was sent: a timestamp.</param>
    public void ObserveFirstToken(TimeSpan after, long tokens, long sentAt) => Observe(_firstTokens, after, WorkOf(tokens, 0), sentAt);

    /// <summary>A whole answer came.</summary>
    /// <param name="after">Since it was sent.</param>
    /// <param name="tokens">How many the server had to read.</param>
    /// <param name="written">How many it wrote.</param>
    /// <param name="sentAt">When it was sent: a timestamp.</param>
    public void ObserveWhole(TimeSpan after, long tokens, long written, long sentAt) => Observe(_wholes, after, WorkOf(tokens, written), sentAt);

    /// <summary>A call was given up before its answer, or the first content of it, came.</summary>
    /// <param name="after">Since it was sent.</param>
    /// <param name="tokens">How many the server had to read, by estimate.</param>
    /// <param name="written">How many it would have had to write before that: 0 for a stream.</param>
    /// <param name="isStream">Whether it would have been a stream.</param>
    /// <param name="sentAt">When it was sent: a timestamp.</param>
    public void ObserveUnanswered(TimeSpan after, long tokens, long written, bool isStream, long sentAt)
    {
        if (sentAt >= _since) (isStream ? _firstTokens : _wholes).ObserveUnanswered(after.TotalSeconds, WorkOf(tokens, written));
    }

    /// <summary>An answer came, of which nobody knows how much work it was.</summary>
    /// <param name="sentAt">When it was sent: a timestamp.</param>
    public void ObserveNothing(long sentAt)
    {
        if (sentAt >= _since) _silent++;
    }

    /// <summary>Judges the answers since the last time, where they are enough.</summary>
    /// <param name="limit">The limit in force.</param>
    /// <param name="inFlight">Calls in flight now.</param>
    /// <param name="peak">The most that were, since the last time.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The limit that there should be instead, or whether this one may grow.</returns>
    public (double? Limit, bool MayGrow) Judge(double limit, int inFlight, int peak, TimeProvider time)
    {
        if (_probe.Seats is not null)
        {
            if (_probe.Step(inFlight, peak, _firstTokens, _wholes)) Clear(time);
            return (null, false);
        }

        _firstTokens.Reached(peak);
        _wholes.Reached(peak);
        // What most of its calls are.
        var gradient = _wholes.Count > _firstTokens.Count ? _wholes : _firstTokens;
        // Where as many as there are seats showed nothing before enough showed something, there is no evidence, and so no reason to stay small.
        var verdict = gradient.HasEnough ? gradient.Judge(limit, inFlight) : (null, _silent >= limit);
        if (gradient.HasLeast && peak >= (int)limit) _probe.Full(limit);
        return verdict;
    }

    /// <summary>Answers to what was sent before now do not count: they show what was before.</summary>
    public void Clear(TimeProvider time)
    {
        _since = time.GetTimestamp();
        _silent = 0;
        _firstTokens.Clear();
        _wholes.Clear();
    }

    /// <summary>The server tells of its line, and its answers are not asked.</summary>
    public void Rest(TimeProvider time)
    {
        _probe.End();
        Clear(time);
    }

    /// <summary>Nothing is known any more.</summary>
    public void Forget()
    {
        _probe.Forget();
        _firstTokens.Forget();
        _wholes.Forget();
    }

    private static double WorkOf(long tokens, long written) =>
        TokensOfAStep + Math.Max(tokens, 0) + ((double)TokensOfAWrittenOne * Math.Max(written, 0));

    private void Observe(CostGradient gradient, TimeSpan after, double work, long sentAt)
    {
        if (sentAt >= _since) gradient.Observe(after.TotalSeconds, work);
    }
}
