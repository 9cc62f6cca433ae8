namespace Penstock.Accounting.Ledger;

/// <summary>One row of an answer of the ledger.</summary>
/// <param name="Keys">What it is about: a value for each group of the question. Days are <c>2026-11-21</c>, hours <c>2026-11-21T13:00:00Z</c>.</param>
/// <param name="Sums">What was used.</param>
internal sealed record UsageRow(IReadOnlyList<string> Keys, UsageSums Sums)
{
    private const decimal PicoPerDollar = 1_000_000_000_000m;

    /// <summary>In USD, exact.</summary>
    public decimal Cost => CostOf(Sums.CostPico);

    public static decimal CostOf(long pico) => pico / PicoPerDollar;
}
