namespace Penstock.Admission.Queue;

/// <summary>How long it takes to serve what waits.</summary>
/// <param name="lanes">What waits, by priority: the highest first.</param>
/// <param name="rate">How fast it is served.</param>
internal sealed class Backlog<T>(DeficitRoundRobin<T>[] lanes, DrainRate rate)
{
    // Callers take turns: one alone, whatever it has in line, does not make the line as long for all others. By itself it has
    // half of the batch work turned away that comes, and two together all of it.
    private const double MostOfOne = 0.75;

    /// <summary>The work that waits.</summary>
    public long Tokens => lanes[0].Tokens + lanes[1].Tokens + lanes[2].Tokens;

    /// <summary>
    /// How long serving it takes, as one caller sees it: its own counts as it is, and of others' nobody's for more than three quarters
    /// of the time that one may wait. Null: nobody knows.
    /// </summary>
    /// <param name="caller">Who asks; null: nobody whose work is there.</param>
    /// <param name="own">What it would bring besides, in tokens.</param>
    /// <param name="priorities">How many of the priorities count: the highest ones.</param>
    /// <param name="timeout">How long one may wait.</param>
    public TimeSpan? TimeFor(string? caller, long own, int priorities, TimeSpan timeout)
    {
        var most = timeout > TimeSpan.Zero ? rate.TokensIn(timeout * MostOfOne) ?? long.MaxValue : long.MaxValue;
        var tokens = own;
        foreach (var lane in lanes.AsSpan(0, priorities)) tokens += lane.TokensBefore(caller, most);
        return tokens == 0 ? TimeSpan.Zero : rate.TimeFor(tokens);
    }
}
