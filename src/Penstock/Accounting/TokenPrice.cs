using Penstock.Configuration;
using Penstock.Protocol;

namespace Penstock.Accounting;

/// <summary>What a model's tokens cost, in 1e-12 USD each; nothing by default.</summary>
internal readonly record struct TokenPrice(long Input, long CachedInput, long Output)
{
    // Prices are in USD a million with six decimals, so that a token's is whole.
    private const decimal PicoPerUsdAMillion = 1_000_000;

    // Room enough to add many of them up.
    private const long Most = long.MaxValue / 8;

    public TokenPrice(PriceConfig price) : this(
        (long)(price.Input * PicoPerUsdAMillion), (long)(price.CachedInput * PicoPerUsdAMillion), (long)(price.Output * PicoPerUsdAMillion))
    {
    }

    /// <summary>What was used costs this much, in 1e-12 USD, exactly.</summary>
    public long CostOf(TokenUsage usage)
    {
        if (this == default) return 0;
        // A server that counts more cached tokens than tokens is not to make a prompt cost less than nothing.
        var cached = Math.Clamp(usage.CachedTokens ?? 0, 0, Math.Max(0, usage.PromptTokens));
        var cost = ((Int128)(usage.PromptTokens - cached) * Input) + ((Int128)cached * CachedInput) + ((Int128)usage.CompletionTokens * Output);
        return (long)Int128.Clamp(cost, 0, Most);
    }
}
