namespace Penstock.Routing.Prefix;

/// <summary>
/// By how much one more running call lengthens each token. A token takes a step of the server, which has a part of its own, a
/// part for each running call, and now and then a part of somebody's prompt: where it took least for the calls that ran, little
/// but the calls' own part is left. The least of the last hundreds counts; a line through all of them would follow the prompts.
/// Not safe for use by several threads.
/// </summary>
internal sealed class DecodeCost
{
    // Answers in each half of what is looked back on, and before anything is believed.
    private const int Window = 256;
    private const int FewestTelling = 16;

    private double _before = double.MaxValue;
    private double _least = double.MaxValue;
    private int _count;
    private bool _isTelling;

    /// <summary>Seconds a token and running call.</summary>
    public double Seconds => _isTelling ? Math.Min(_before, _least) : ServerPace.UsualDecodeCost;

    /// <param name="running">Calls that ran, on average, this one among them.</param>
    /// <param name="seconds">How long a token took.</param>
    public void Observe(double running, double seconds)
    {
        if (running < 1 || seconds <= 0) return;
        _least = Math.Min(_least, seconds / running);
        _isTelling |= ++_count >= FewestTelling;
        if (_count < Window) return;
        (_before, _least, _count) = (_least, double.MaxValue, 0);
    }
}
