using Penstock.Configuration;

namespace Penstock.Accounting;

/// <summary>The prices of a configuration.</summary>
internal sealed class PriceTable
{
    private readonly Dictionary<string, TokenPrice> _exact = new(StringComparer.Ordinal);
    private readonly List<(ModelPattern Pattern, TokenPrice Price)> _patterns = [];

    /// <param name="prices">By model, or pattern.</param>
    /// <param name="backends">Who answers for the models: who asks for a backend by its name pays for what it serves.</param>
    public PriceTable(IReadOnlyDictionary<string, PriceConfig> prices, IReadOnlyList<BackendConfig> backends)
    {
        foreach (var (model, config) in prices)
        {
            var price = new TokenPrice(config);
            _exact.Add(model, price);
            if (ModelPattern.IsPattern(model)) _patterns.Add((new ModelPattern(model), price));
        }

        _patterns.Sort((a, b) => b.Pattern.Specificity.CompareTo(a.Pattern.Specificity));
        if (IsEmpty) return;
        foreach (var backend in backends)
        {
            if (PriceOf(backend.Name, null) != default) continue;
            // The dearest of what it may be serving.
            IEnumerable<string> served = backend.Model is { } model ? [model] : backend.Models;
            _exact.TryAdd(backend.Name, served.Select(name => PriceOf(name, null)).OrderByDescending(price => price.Input + price.Output).FirstOrDefault());
        }
    }

    public bool IsEmpty => _exact.Count == 0;

    /// <summary>The price of a model; nothing where it has none.</summary>
    /// <param name="model">Who answers, as the configuration calls it: a model, a pattern, a backend, or the default.</param>
    /// <param name="asked">What the caller asked for, which counts where <paramref name="model"/> is not one model.</param>
    public TokenPrice PriceOf(string model, string? asked)
    {
        if (IsEmpty) return default;
        // What the caller writes must not choose the price, but for one model among those of a pattern.
        var name = ModelPattern.IsPattern(model) && asked is not null ? asked : model;
        if (_exact.TryGetValue(name, out var price) || _exact.TryGetValue(model, out price)) return price;
        foreach (var (pattern, patternPrice) in _patterns)
        {
            if (pattern.IsMatch(name)) return patternPrice;
        }

        return default;
    }
}
