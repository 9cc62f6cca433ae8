using Penstock.Configuration;

namespace Penstock.Health;

/// <summary>
/// A circuit breaker over a sliding count of failures. It opens when the last few came within its window; after its
/// time it is half open and lets one request at a time through, on trial: enough successes close it, one failure opens
/// it again. Moments are times since some beginning. Not safe for use by several threads.
/// </summary>
internal sealed class Breaker
{
    private readonly Queue<TimeSpan> _failures = new();
    private TimeSpan? _openUntil;
    private bool _isOnTrial;
    private int _successes;
    private int _trials;

    /// <summary>When it opens, and for how long.</summary>
    public BreakerConfig Rules { get; set; } = new();

    /// <summary>Successes on trial that close it.</summary>
    public int HealthyAfter { get; set; } = 1;

    /// <summary>Until when it is open, or was; null where it is closed.</summary>
    public TimeSpan? OpenUntil => _openUntil;

    /// <summary>Whether the place on trial is taken.</summary>
    public bool IsOnTrial => _isOnTrial;

    /// <summary>Whether no more than one request was on trial since it last opened.</summary>
    public bool IsFirstTrial => _trials == 1;

    public BreakerState StateAt(TimeSpan now) => _openUntil is not { } until ? BreakerState.Closed
        : now < until ? BreakerState.Open
        : BreakerState.HalfOpen;

    /// <summary>Lets a request through, or not.</summary>
    public bool TryBegin(TimeSpan now, out bool isTrial)
    {
        isTrial = false;
        if (_openUntil is null) return true;
        if (_isOnTrial || StateAt(now) == BreakerState.Open) return false;
        _isOnTrial = true;
        _trials++;
        isTrial = true;
        return true;
    }

    /// <summary>
    /// The request on trial has ended, with a verdict before or without one. One from before the breaker last changed
    /// frees the place, too: better two on trial than none.
    /// </summary>
    public void EndTrial() => _isOnTrial = false;

    /// <summary>A request was answered.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="isTrial">Whether it was on trial; one that began before says nothing of today.</param>
    /// <returns>Whether that closed the breaker.</returns>
    public bool Succeeded(TimeSpan now, bool isTrial)
    {
        if (!isTrial || !_isOnTrial || StateAt(now) != BreakerState.HalfOpen || ++_successes < HealthyAfter) return false;
        _openUntil = null;
        _isOnTrial = false;
        return true;
    }

    /// <summary>A request failed.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="isTrial">Whether it was on trial.</param>
    /// <returns>Whether that opened the breaker.</returns>
    public bool Failed(TimeSpan now, bool isTrial)
    {
        if (_openUntil is not null)
        {
            if (!isTrial || !_isOnTrial || StateAt(now) != BreakerState.HalfOpen) return false;
            Open(now);
            return true;
        }

        while (_failures.Count > 0 && (now - _failures.Peek() > Rules.Window || _failures.Count >= Rules.Failures)) _failures.Dequeue();
        _failures.Enqueue(now);
        if (_failures.Count < Rules.Failures) return false;
        Open(now);
        return true;
    }

    private void Open(TimeSpan now)
    {
        _openUntil = now + Rules.Open;
        _isOnTrial = false;
        _successes = 0;
        _trials = 0;
        _failures.Clear();
    }
}
