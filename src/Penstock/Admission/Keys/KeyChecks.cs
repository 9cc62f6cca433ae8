using Penstock.Configuration;

namespace Penstock.Admission.Keys;

/// <summary>What holds for keys that are made at run time, whoever makes them.</summary>
/// <param name="config">The configuration, whose keys go before those of the store and whose limits they refer to.</param>
internal sealed class KeyChecks(GatewayConfig config)
{
    private const int MostModels = 256;
    private const int LongestModel = 256;

    public KeyFlaw? Name(string name) =>
        KeyRules.NameFlaw(name) is { } flaw ? new KeyFlaw("name", flaw)
        : name is KeyRules.Anonymous or KeyRules.KeyHolder ? new KeyFlaw("name", $"'{name}' is what the gateway calls callers without a key of their own")
        : config.Auth?.Keys.Any(key => key.Name == name) == true ? new KeyFlaw("name", $"the configuration has a key '{name}'")
        : null;

    /// <summary>What a key that does not exist yet is to be good for.</summary>
    public KeyFlaw? NewTerms(KeyTerms terms, DateTimeOffset now) =>
        terms.Expires <= now ? new KeyFlaw("expires", "it must be in the future") : Terms(terms);

    public KeyFlaw? Terms(KeyTerms terms) => ModelsFlaw(terms.Models) is { } models ? new KeyFlaw("models", models)
        : LimitsFlaw(terms.Limits) is { } limits ? new KeyFlaw("limits", limits)
        : BudgetFlaw(terms.Budget) is { } budget ? new KeyFlaw("budget.usd", budget)
        : KeyRules.LabelsFlaw(terms.Labels) is { } labels ? new KeyFlaw("labels", labels)
        : null;

    private static string? ModelsFlaw(IReadOnlyList<string> models)
    {
        if (models.Count > MostModels) return $"there can be {MostModels} models";
        if (models.Any(model => model.Length is 0 or > LongestModel || model.Any(char.IsControl)))
            return $"a model's name has 1 to {LongestModel} characters, and none of them controls";
        return models.Count == models.Distinct(StringComparer.Ordinal).Count() ? null : "a model is there twice";
    }

    private string? LimitsFlaw(string? name)
    {
        var names = config.Limits.Select(limits => limits.Name!);
        return name is null || names.Contains(name, StringComparer.Ordinal) ? null : $"there are no limits '{name}'{NearestName.Hint(name, names)}";
    }

    private static string? BudgetFlaw(BudgetConfig? budget) =>
        budget is null || (budget.Usd is >= BudgetConfig.Least and <= BudgetConfig.Most && decimal.Round(budget.Usd, BudgetConfig.Decimals) == budget.Usd)
            ? null : FormattableString.Invariant($"it must be a number from {BudgetConfig.Least} to {BudgetConfig.Most} with at most {BudgetConfig.Decimals} decimals");
}
