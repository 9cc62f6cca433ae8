namespace Penstock.Backends;

/// <summary>
/// How many calls a server works on well at the same time, where nobody has said so: what it says of its slots, else found by
/// additive increase and multiplicative decrease. Of a server that tells of its line it begins with as many as there may be, and
/// takes some away when calls stand there. Of one that does not it begins with a few, and there are more while answers come as
/// soon as they did; now and then it lets in fewer for a while, to see how soon that would be without a line. Safe for use by
/// many threads.
/// </summary>
internal sealed class SeatFinder
{
    public const int Most = 1024;

    /// <summary>What it begins with where the server does not tell of its line.</summary>
    public const int FirstGuess = 16;

    // A line that has gone within so many readings was a burst, and the server is the better for it.
    private const int StandingReadings = 3;

    // What may stand in the server's line, of what runs: so that it finds its next call there at once.
    private const double Headroom = 0.1;
    private const double LargestDecrease = 0.5;

    // In hundredths of the limit; twice as much each time that nothing waits all the same.
    private const int SmallestGrowth = 1;
    private const int LargestGrowth = 16;

    private readonly Lock _lock = new();
    private readonly int[] _waiting = new int[StandingReadings];
    private readonly AnswerGradient _answers = new();

    // 0: nothing was learned yet.
    private double _limit;
    private int _growth = LargestGrowth;
    private int _waitingCount;
    private long? _lineReadAt;
    private int _peak;
    private int _seats;
    private int _source;

    /// <summary>How many; null: nobody knows, so that there is no limit.</summary>
    public int? Seats => Volatile.Read(ref _seats) is > 0 and var seats ? seats : null;

    /// <summary>None, the server's slots, or learned.</summary>
    public SeatSource Source => (SeatSource)Volatile.Read(ref _source);

    /// <summary>So many calls are in flight.</summary>
    public void Reached(int inFlight)
    {
        // A larger one that is overwritten at the same moment comes again.
        if (inFlight > Volatile.Read(ref _peak)) Volatile.Write(ref _peak, inFlight);
    }

    /// <summary>A stream's first content came.</summary>
    /// <param name="after">Since it was sent.</param>
    /// <param name="tokens">The prompt's, but for those that the server had in its cache.</param>
    /// <param name="sentAt">When it was sent: a timestamp.</param>
    public void ObserveFirstToken(TimeSpan after, long tokens, long sentAt)
    {
        if (Source != SeatSource.Learned) return;
        lock (_lock) _answers.ObserveFirstToken(after, tokens, sentAt);
    }

    /// <summary>A whole answer came.</summary>
    /// <param name="after">Since it was sent.</param>
    /// <param name="tokens">The prompt's, but for those that the server had in its cache.</param>
    /// <param name="written">The answer's tokens.</param>
    /// <param name="sentAt">When it was sent: a timestamp.</param>
    public void ObserveWhole(TimeSpan after, long tokens, long written, long sentAt)
    {
        if (Source != SeatSource.Learned) return;
        lock (_lock) _answers.ObserveWhole(after, tokens, written, sentAt);
    }

    /// <summary>A call was given up before its answer, or the first content of it, came.</summary>
    /// <param name="after">Since it was sent.</param>
    /// <param name="tokens">How many the server had to read, by estimate.</param>
    /// <param name="written">How many it would have had to write before that: 0 for a stream.</param>
    /// <param name="isStream">Whether it would have been a stream.</param>
    /// <param name="sentAt">When it was sent: a timestamp.</param>
    public void ObserveUnanswered(TimeSpan after, long tokens, long written, bool isStream, long sentAt)
    {
        if (Source != SeatSource.Learned) return;
        lock (_lock) _answers.ObserveUnanswered(after, tokens, written, isStream, sentAt);
    }

    /// <summary>An answer came, of which nobody knows how much work it was.</summary>
    /// <param name="sentAt">When it was sent: a timestamp.</param>
    public void ObserveNothing(long sentAt)
    {
        if (Source != SeatSource.Learned) return;
        lock (_lock) _answers.ObserveNothing(sentAt);
    }

    /// <summary>Takes in what the server says, once a second.</summary>
    /// <param name="reading">The last that it said; null: it tells nothing, and nothing is learned of it.</param>
    /// <param name="inFlight">Calls in flight now.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Whether there are more seats than before.</returns>
    public bool Step(EngineReading? reading, int inFlight, TimeProvider time)
    {
        lock (_lock)
        {
            var before = Seats ?? int.MaxValue;
            var peak = Math.Max(inFlight, Interlocked.Exchange(ref _peak, inFlight));
            if (reading?.Seats is > 0 and var slots)
            {
                Publish(Math.Min(slots, Most), SeatSource.Slots);
            }
            else if (reading is null)
            {
                _limit = 0;
                Forget();
                Publish(0, SeatSource.None);
            }
            else
            {
                if (_limit == 0) _limit = reading.Waiting is null ? FirstGuess : Most;
                if (reading.Waiting is not { } waiting || !reading.IsFresh(time)) StepByAnswers(inFlight, peak, time);
                // What it said once is counted once: the calls that it tells of may have ended since.
                else if (reading.ReadAt != _lineReadAt) StepByLine(waiting, reading, inFlight, peak, time);
                Publish(_answers.ProbedSeats ?? (int)Math.Clamp(_limit, 1, Most), SeatSource.Learned);
            }

            return (Seats ?? int.MaxValue) > before;
        }
    }

    /// <summary>The server began anew, and may be another one: what was learned of it holds until there is evidence, which may come fast.</summary>
    public void BeginAnew()
    {
        lock (_lock) Forget();
    }

    private void StepByLine(int waiting, EngineReading reading, int inFlight, int peak, TimeProvider time)
    {
        _lineReadAt = reading.ReadAt;
        _answers.Rest(time);
        _waiting[_waitingCount++ % StandingReadings] = waiting;
        var headroom = Math.Max(1, Math.Ceiling(Headroom * (reading.Running ?? peak)));
        if (waiting <= headroom)
        {
            if (IsFull(inFlight, peak)) Grow();
            return;
        }

        if (_waitingCount < StandingReadings) return;
        var standing = _waiting.Min() - headroom;
        if (standing <= 0) return;
        // What the server works on, and what may wait there: as many are to be in flight. However long it takes until the
        // others have ended, this comes to the same, so that one line is not answered by two decreases. The most that were in
        // flight, because the page may have been a second under way: what has ended since was in that line.
        var held = Math.Min(_limit, Math.Max(peak, 1));
        Shrink(Math.Min(_limit, Math.Max(LargestDecrease * held, peak - standing)), time);
    }

    private void StepByAnswers(int inFlight, int peak, TimeProvider time)
    {
        _waitingCount = 0;
        switch (_answers.Judge(_limit, inFlight, peak, time))
        {
            case { Limit: { } limit } when limit < _limit:
                Shrink(limit, time);
                break;
            case { Limit: { } limit }:
                _limit = limit;
                _answers.Clear(time);
                break;
            case { MayGrow: true } when IsFull(inFlight, peak):
                Grow();
                // What was sent before does not show whether that was right: the next time is when answers to what comes now do.
                _answers.Clear(time);
                break;
        }
    }

    // Where there are more than there should be, a decrease has yet to come into effect.
    private bool IsFull(int inFlight, int peak) => peak >= (int)_limit && inFlight <= _limit;

    private void Grow() =>
        (_limit, _growth) = (Math.Min(Most, _limit + Math.Max(1, _limit * _growth / 100)), Math.Min(2 * _growth, LargestGrowth));

    private void Shrink(double limit, TimeProvider time)
    {
        _limit = Math.Clamp(limit, 1, Most);
        _growth = SmallestGrowth;
        _answers.Clear(time);
    }

    private void Forget()
    {
        (_growth, _waitingCount) = (LargestGrowth, 0);
        _answers.Forget();
    }

    private void Publish(int seats, SeatSource source)
    {
        Volatile.Write(ref _seats, seats);
        Volatile.Write(ref _source, (int)source);
    }
}
