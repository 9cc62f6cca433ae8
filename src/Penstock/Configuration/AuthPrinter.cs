using System.Globalization;

namespace Penstock.Configuration;

/// <summary>Prints <c>auth</c>, <c>limits</c> and <c>prices</c>.</summary>
internal static class AuthPrinter
{
    public static void Print(YamlWriter yaml, GatewayConfig config)
    {
        if (config.Limits.Count > 0) yaml.Begin("limits");
        foreach (var limits in config.Limits) yaml.Mapping(limits.Name!, PairsOf(limits));
        yaml.End();
        if (config.Prices.Count > 0) yaml.Begin("prices");
        foreach (var (model, price) in config.Prices)
            yaml.Mapping(model, ("input", price.Input), ("cached_input", price.CachedInput), ("output", price.Output));
        yaml.End();
        if (config.Auth is { } auth) Print(yaml, auth);
    }

    /// <summary>Where something is limited: by its name, or in full.</summary>
    public static void PrintUse(YamlWriter yaml, LimitsConfig? limits)
    {
        if (limits is { Name: { } name }) yaml.Pair("limits", name);
        else if (limits is not null) yaml.Mapping("limits", PairsOf(limits));
    }

    private static void Print(YamlWriter yaml, AuthConfig auth)
    {
        // What is there and has nothing in it means that nobody may call, and must not look like what is not there.
        if (auth.Keys.Count == 0 && auth.Jwt.Count == 0)
        {
            yaml.Mapping("auth");
            return;
        }

        yaml.Begin("auth");
        if (auth.Keys.Count > 0) yaml.BeginList("keys");
        foreach (var key in auth.Keys) Print(yaml, key);
        if (auth.Jwt.Count > 0) yaml.BeginList("jwt");
        foreach (var issuer in auth.Jwt) JwtPrinter.Print(yaml, issuer);
        yaml.End();
    }

    // A weak key can be found from its hash: that is as secret as the key.
    private static void Print(YamlWriter yaml, KeyConfig key)
    {
        yaml.Item("name", key.Name);
        yaml.Secret("key", "");
        yaml.List("models", key.Models);
        yaml.PairUnless(null, "expires", key.Expires?.ToString("O", CultureInfo.InvariantCulture));
        PrintUse(yaml, key.Limits);
        if (key.Budget is { } budget) yaml.Mapping("budget", ("usd", budget.Usd), ("per", ConfigWords.BudgetPeriods.For(budget.Per)));
        if (key.Priority != CallerPriority.Normal) yaml.Pair("priority", ConfigWords.Priorities.For(key.Priority));
        if (key.Labels.Count > 0) yaml.Mapping("labels", [.. key.Labels.Select(label => (label.Key, (object?)label.Value))]);
    }

    private static (string, object?)[] PairsOf(LimitsConfig limits) =>
    [
        ("requests_per_minute", limits.RequestsPerMinute),
        ("tokens_per_minute", limits.TokensPerMinute),
        ("concurrency", limits.Concurrency),
        ("on_store_failure", limits.OnStoreFailure == OnStoreFailure.Local ? null : ConfigWords.OnStoreFailures.For(limits.OnStoreFailure)),
    ];
}
