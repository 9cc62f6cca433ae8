namespace Penstock.Routing.Prefix;

/// <summary>How fast a server is and what it has to do, at one moment.</summary>
/// <param name="PrefillRate">Tokens of prompts a second; not a number: it has not shown that.</param>
/// <param name="DecodeCost">Seconds by which one more running call lengthens each token.</param>
/// <param name="WaitingTokens">Tokens of prompts that it was sent and has still to read.</param>
/// <param name="Waiting">Calls whose answers have not begun.</param>
/// <param name="Running">Calls whose answers have.</param>
internal readonly record struct PaceReading(double PrefillRate, double DecodeCost, double WaitingTokens, int Waiting, int Running)
{
    /// <summary>Tokens a second that a server is thought to read where none has shown its speed.</summary>
    public const double UsualPrefillRate = 5000;

    // What a server has shown is forgotten with time: who seemed slow is sent nothing, and could show nothing else.
    private const double MemorySeconds = 120;

    // Servers that differ by less are of one kind, and what differs is chance.
    private const double SameKind = 1.5;

    /// <summary>Seconds since it has shown its speed.</summary>
    public double Age { get; init; }

    /// <summary>
    /// Has servers that are about as fast count as equally fast, so that chance decides nothing between them, and those that have
    /// not shown how fast they are as the others.
    /// </summary>
    /// <param name="paces">The servers of a pool, one at least; changed.</param>
    /// <returns>Their usual speed, and what all of them have to do.</returns>
    public static PaceReading Even(Span<PaceReading> paces)
    {
        var (slowness, known, decode, tokens, waiting, running) = (0.0, 0, 0.0, 0.0, 0, 0);
        foreach (ref readonly var pace in paces)
        {
            if (!double.IsNaN(pace.PrefillRate)) (slowness, known) = (slowness + (1 / pace.PrefillRate), known + 1);
            decode += pace.DecodeCost;
            tokens += pace.WaitingTokens;
            waiting += pace.Waiting;
            running += pace.Running;
        }

        var usual = new PaceReading(known == 0 ? UsualPrefillRate : known / slowness, decode / paces.Length, tokens, waiting, running);
        foreach (ref var pace in paces)
        {
            pace = pace with
            {
                PrefillRate = double.IsNaN(pace.PrefillRate) || IsAbout(pace.PrefillRate, usual.PrefillRate) ? usual.PrefillRate : pace.FadedRate(usual.PrefillRate),
                DecodeCost = IsAbout(pace.DecodeCost, usual.DecodeCost) ? usual.DecodeCost : pace.DecodeCost,
            };
        }

        return usual;
    }

    private double FadedRate(double usual) => usual * Math.Pow(PrefillRate / usual, Math.Exp(-Math.Max(0, Age) / MemorySeconds));

    private static bool IsAbout(double one, double other) => one < other * SameKind && other < one * SameKind;
}
