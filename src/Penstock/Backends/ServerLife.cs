namespace Penstock.Backends;

/// <summary>
/// Whether the server behind an address began anew since it was last heard of, by what it says of itself; and whether there are several
/// of them, each of which may answer: then none can be told to have begun anew. Belongs to who asks the server.
/// </summary>
internal sealed class ServerLife
{
    // Seconds: some reckon their start anew each time, from how long they run.
    private const double SameStart = 2;

    // A server that begins anew so often is away in between, and is seen to be.
    private const int ChangesOfSeveral = 3;
    private static readonly TimeSpan ChangesWithin = TimeSpan.FromMinutes(1);

    // So many readings of several that answer in turns are never of the same one; a second lies between two.
    private const int ReadingsOfOne = 60;

    private EngineReading? _last;
    private double? _latestStart;
    private bool _wasGone;
    private int _changes;
    private int _alike;
    private long _firstChangeAt;

    /// <summary>Whether several servers answer at the address.</summary>
    public bool AreSeveral { get; private set; }

    /// <summary>It told of itself.</summary>
    /// <returns>Whether it began anew since the last time.</returns>
    public bool HasBegunAnew(EngineReading reading, TimeProvider time)
    {
        var (last, wasGone) = (_last, _wasGone);
        (_last, _wasGone) = (reading, false);
        if (wasGone) _changes = 0;
        if (AreSeveral) return HasBecomeOne(last, reading, wasGone);
        if (reading.StartedAt is { } start && _latestStart is { } latest)
        {
            var isEarlier = start < latest - SameStart;
            // A process does not become older; but an older one may have taken its place.
            if (isEarlier && !wasGone) AreSeveral = true;
            _latestStart = isEarlier && wasGone ? start : Math.Max(start, latest);
            return !AreSeveral && (isEarlier || start > latest + SameStart);
        }

        _latestStart ??= reading.StartedAt;
        if (last is null) return false;
        // One that does not say enough to tell is believed to be a new one when it was gone in between.
        if (HasChanged(last, reading) is not { } changed) return wasGone;
        if (changed && !wasGone) CountChange(time);
        return changed && !AreSeveral;
    }

    /// <summary>Nothing answers where it was, or it says that it loads.</summary>
    public void WasGone() => _wasGone = true;

    /// <summary>It tells nothing any more.</summary>
    public void Forget() => (_last, _latestStart) = (null, null);

    /// <summary>The backend is configured in another way: its address may stand for one server now.</summary>
    public void Reconfigured() => (AreSeveral, _alike, _changes) = (false, 0, 0);

    // A second one may have been there for a moment: while another took its place, or as a trial. Which of them this is, nobody knows.
    private bool HasBecomeOne(EngineReading? last, EngineReading reading, bool wasGone)
    {
        _alike = last is not null && IsAlike(last, reading) ? _alike + 1 : 0;
        if (_alike < ReadingsOfOne && !wasGone) return false;
        (AreSeveral, _alike, _changes, _latestStart) = (false, 0, 0, reading.StartedAt);
        return true;
    }

    private static bool IsAlike(EngineReading last, EngineReading reading) =>
        reading.StartedAt is { } start && last.StartedAt is { } before ? Math.Abs(start - before) <= SameStart : HasChanged(last, reading) is not true;

    private static bool? HasChanged(EngineReading last, EngineReading reading)
    {
        if (reading.Kind != last.Kind) return true;
        return reading.PromptTokensRead is { } now && last.PromptTokensRead is { } before ? now < before : null;
    }

    private void CountChange(TimeProvider time)
    {
        if (_changes == 0 || time.GetElapsedTime(_firstChangeAt) > ChangesWithin) (_changes, _firstChangeAt) = (0, time.GetTimestamp());
        if (++_changes >= ChangesOfSeveral) AreSeveral = true;
    }
}
