namespace Penstock.Admission.Limits;

/// <summary>Money is counted in whole 1e-12 USD, in which a token's price is exact.</summary>
internal static class Money
{
    public const long PicoPerUsd = 1_000_000_000_000;

    public static long FromUsd(decimal usd) => (long)(usd * PicoPerUsd);

    public static decimal ToUsd(long pico) => (decimal)pico / PicoPerUsd;
}
