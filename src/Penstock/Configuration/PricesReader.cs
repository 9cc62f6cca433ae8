namespace Penstock.Configuration;

/// <summary>Reads <c>prices</c>.</summary>
internal static class PricesReader
{
    public static IReadOnlyDictionary<string, PriceConfig> Read(YamlScope root)
    {
        var prices = new Dictionary<string, PriceConfig>(StringComparer.Ordinal);
        foreach (var (model, scope) in root.NamedMappings("prices"))
        {
            var input = Read(scope, "input");
            var cached = Read(scope, "cached_input");
            var output = Read(scope, "output");
            if (!scope.Has("input") && !scope.Has("output")) scope.Fail("input", "a price needs its input, its output or both");
            scope.Close();
            prices.Add(model, new PriceConfig(input ?? 0, cached ?? input ?? 0, output ?? 0));
        }

        return prices;
    }

    private static decimal? Read(YamlScope scope, string key) => scope.Decimal(key, 0, PriceConfig.Most, PriceConfig.Decimals);
}
