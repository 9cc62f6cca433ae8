namespace Penstock.Admission.Queue;

/// <summary>
/// How hard a line is pressed, now and of late, and what that means for batch work: a share of it that grows from none at
/// half the line to all of it at the whole line is not let in, so that the rest finds room.
/// </summary>
/// <param name="random">Chance, from 0 to below 1.</param>
internal sealed class QueuePressure(Func<double> random)
{
    private const double Bearable = 0.5;

    // A burst that is worked off within that time sheds nothing much.
    private const double Memory = 2.0;

    private double _average;

    /// <summary>Whether to turn batch work away that comes now.</summary>
    public bool Sheds(double pressure)
    {
        // Both: a line that has just become short is short.
        var sustained = (Math.Min(pressure, _average) - Bearable) / (1 - Bearable);
        return sustained > 0 && random() < sustained;
    }

    /// <summary>Notes how it was, and for how long: what is there for a moment only counts for nothing.</summary>
    /// <param name="pressure">How full the line was, or how late: 0 to 1.</param>
    /// <param name="time">For how long.</param>
    public void Lasted(double pressure, TimeSpan time) => _average += (pressure - _average) * (1 - Math.Exp(-time.TotalSeconds / Memory));
}
