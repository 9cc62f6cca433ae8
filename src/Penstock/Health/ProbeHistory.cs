namespace Penstock.Health;

/// <summary>
/// What probes have shown, slow to change its mind: it takes some failures in a row to be down, and some successes in
/// a row to be up again. Not safe for use by several threads.
/// </summary>
internal sealed class ProbeHistory
{
    private int _streak;

    public ProbeState State { get; private set; }

    /// <summary>Successes in a row until what was down is up.</summary>
    public int HealthyAfter { get; set; } = 1;

    /// <summary>Failures in a row until it is down.</summary>
    public int UnhealthyAfter { get; set; } = 1;

    /// <summary>A probe was answered well.</summary>
    /// <returns>Whether what was down is up now.</returns>
    public bool Succeeded()
    {
        _streak = _streak < 0 ? 1 : _streak + 1;
        if (State == ProbeState.Down && _streak < HealthyAfter) return false;
        var wasDown = State == ProbeState.Down;
        State = ProbeState.Up;
        return wasDown;
    }

    /// <summary>A probe failed.</summary>
    /// <returns>Whether it is down from now on.</returns>
    public bool Failed()
    {
        _streak = _streak > 0 ? -1 : _streak - 1;
        if (State == ProbeState.Down || -_streak < UnhealthyAfter) return false;
        State = ProbeState.Down;
        return true;
    }

    /// <summary>Nobody probes any more: what was seen counts no longer.</summary>
    public void Forget()
    {
        State = ProbeState.Unknown;
        _streak = 0;
    }
}
