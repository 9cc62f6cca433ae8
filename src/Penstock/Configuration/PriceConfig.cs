namespace Penstock.Configuration;

/// <summary>What a model's tokens cost, in US dollars a million.</summary>
/// <param name="Input">Of prompts.</param>
/// <param name="CachedInput">Of what a server had in its cache; as <paramref name="Input"/> where it is not said.</param>
/// <param name="Output">Of completions.</param>
internal sealed record PriceConfig(decimal Input, decimal CachedInput, decimal Output)
{
    /// <summary>A token's price is a whole number of 1e-12 USD: with more decimals costs would have to be rounded.</summary>
    public const int Decimals = 6;

    public const decimal Most = 1_000_000;
}
