namespace Penstock.Configuration;

/// <summary>Reads <c>limits</c>, and what refers to it.</summary>
internal sealed class LimitsReader
{
    /// <summary>What holds for callers without limits of their own.</summary>
    public const string Default = "default";

    /// <summary>What holds for all callers together.</summary>
    public const string Global = "global";

    private readonly Dictionary<string, LimitsConfig> _named = new(StringComparer.Ordinal);

    /// <summary>Reads the section; errors are in the scope's context.</summary>
    public IReadOnlyList<LimitsConfig> Read(YamlScope root)
    {
        var all = new List<LimitsConfig>();
        foreach (var (name, scope) in root.NamedMappings("limits"))
        {
            var limits = ReadOne(scope) with { Name = name };
            // YAML itself refuses a key that is there twice.
            _named.Add(name, limits);
            all.Add(limits);
        }

        return all;
    }

    /// <summary>The limits at a key: their name in <c>limits</c>, or what they are; null where there is no such key.</summary>
    public LimitsConfig? ReadUse(YamlScope scope, string key)
    {
        if (scope.HasMapping(key)) return ReadOne(scope.Mapping(key)!);
        if (scope.String(key) is not { } name) return null;
        if (_named.TryGetValue(name, out var limits)) return limits;
        scope.Fail(key, $"there are no limits '{name}'{NearestName.Hint(name, _named.Keys)}");
        return null;
    }

    private static LimitsConfig ReadOne(YamlScope scope)
    {
        var limits = new LimitsConfig
        {
            RequestsPerMinute = scope.Integer("requests_per_minute", 1, LimitsConfig.MostPerMinute),
            TokensPerMinute = scope.Integer("tokens_per_minute", 1, LimitsConfig.MostPerMinute),
            Concurrency = (int?)scope.Integer("concurrency", 1, 1_000_000),
            OnStoreFailure = scope.Choice("on_store_failure", ConfigWords.OnStoreFailures) ?? OnStoreFailure.Local,
        };
        scope.Close();
        return limits;
    }
}
