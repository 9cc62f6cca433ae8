using Penstock.Accounting;
using Penstock.Configuration;
using Penstock.Protocol;
using Xunit;

namespace Penstock.Tests.Accounting;

public sealed class PriceTableTests
{
    private static readonly PriceTable Prices = new(new Dictionary<string, PriceConfig>
    {
        ["llama"] = new(0.05m, 0.01m, 0.10m),
        ["qwen-*"] = new(1, 1, 2),
        ["qwen-7b"] = new(0.5m, 0.5m, 1),
    }, [new BackendConfig { Name = "gpu", Type = "http", Models = ["llama", "qwen-7b", "free"] }, new BackendConfig { Name = "hosted", Type = "http", Model = "llama" }]);

    [Theory]
    [InlineData("llama", "llama", 50_000)]
    [InlineData("llama", "qwen-7b", 50_000)]
    [InlineData("qwen-7b", null, 500_000)]
    [InlineData("qwen-72b", null, 1_000_000)]
    [InlineData("*", "qwen-7b", 500_000)]
    [InlineData("qwen-*", "qwen-72b", 1_000_000)]
    // A backend by its name is no way around the price.
    [InlineData("gpu", "gpu", 500_000)]
    [InlineData("hosted", "hosted", 50_000)]
    [InlineData("other", "llama", 0)]
    public void PriceOf_AnyModel_IsTheModelsNotTheCallers(string model, string? asked, long input) =>
        Assert.Equal(input, Prices.PriceOf(model, asked).Input);

    [Fact]
    public void CostOf_CachedAndFresh_IsExact()
    {
        var cost = Prices.PriceOf("llama", null).CostOf(new TokenUsage(1001, 7, CachedTokens: 1000));

        Assert.Equal((1 * 50_000) + (1000 * 10_000) + (7 * 100_000), cost);
    }

    [Fact]
    public void CostOf_Nonsense_IsNeitherNegativeNorWrapsAround()
    {
        var price = new TokenPrice(new PriceConfig(PriceConfig.Most, 0, PriceConfig.Most));

        Assert.Equal(0, price.CostOf(new TokenUsage(10, 0, CachedTokens: 1_000_000)));
        Assert.InRange(price.CostOf(new TokenUsage(long.MaxValue, long.MaxValue)), 1, long.MaxValue / 2);
    }
}
