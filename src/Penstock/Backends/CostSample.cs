namespace Penstock.Backends;

/// <summary>
/// Some calls of one sort, together: how long they took, and how much work their answers were. Who was given up before its answer came
/// has waited and got nothing, so that a server whose callers leave looks as slow as it is to them. Belongs to the lock of its owner.
/// </summary>
internal sealed class CostSample
{
    private double _seconds;
    private double _secondsSquared;
    private double _workSquared;
    private double _product;

    /// <summary>How many they are.</summary>
    public int Count { get; private set; }

    /// <summary>All their work; 0: none was answered.</summary>
    public double Work { get; private set; }

    /// <summary>Seconds for a unit of work; infinite where none was done.</summary>
    public double Cost => Work > 0 ? _seconds / Work : double.PositiveInfinity;

    /// <summary>
    /// By how much work the time of each is away from what it was, at their cost: squared, and added up. It does not grow where
    /// all of them take twice as long.
    /// </summary>
    public double Deviation => Cost is > 0 and < double.PositiveInfinity and var cost
        ? Math.Max(0, (_secondsSquared / (cost * cost)) - (2 * _product / cost) + _workSquared)
        : 0;

    /// <summary>One more.</summary>
    /// <param name="seconds">How long it took.</param>
    /// <param name="work">How much work it was, in any unit; above 0.</param>
    public void Add(double seconds, double work)
    {
        Count++;
        _seconds += seconds;
        Work += work;
        _secondsSquared += seconds * seconds;
        _workSquared += work * work;
        _product += seconds * work;
    }

    /// <summary>One more, which was given up.</summary>
    /// <param name="seconds">How long it had waited.</param>
    public void AddUnanswered(double seconds)
    {
        Count++;
        _seconds += seconds;
    }

    /// <summary>There are none.</summary>
    public void Clear() => (Count, _seconds, Work, _secondsSquared, _workSquared, _product) = (0, 0, 0, 0, 0, 0);
}
