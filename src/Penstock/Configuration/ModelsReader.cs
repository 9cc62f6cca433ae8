namespace Penstock.Configuration;

/// <summary>Reads <c>models</c>: each entry, and then what the entries say of each other.</summary>
/// <param name="backends">The backends that there are.</param>
/// <param name="settings">What holds for a model that says nothing itself.</param>
/// <param name="limits">The limits that models refer to.</param>
internal sealed class ModelsReader(BackendNames backends, ModelSettings settings, LimitsReader limits)
{
    private readonly List<Entry> _models = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private bool _areAllNamed = true;

    /// <summary>The models; errors are in the scope's context.</summary>
    public List<ModelConfig> Read(YamlScope root)
    {
        foreach (var scope in root.Mappings("models"))
        {
            if (ReadOne(scope) is not { } model) _areAllNamed = false;
            else if (!_names.Add(model.Name)) scope.Fail("name", $"there are two models '{model.Name}'");
            else _models.Add(new Entry(scope, model));
        }

        foreach (var (scope, model) in _models) CheckAliases(scope, model);
        foreach (var (scope, model) in _models) CheckFallbacks(scope, model);
        return [.. _models.Select(entry => entry.Model)];
    }

    /// <summary>What <see cref="MayHave"/> has.</summary>
    public IEnumerable<string> Names => _names.Where(name => !ModelPattern.IsPattern(name));

    /// <summary>Whether a model of that name, not a pattern, may be meant.</summary>
    public bool MayHave(string name) => !_areAllNamed || (_names.Contains(name) && !ModelPattern.IsPattern(name));

    private ModelConfig? ReadOne(YamlScope scope)
    {
        var name = scope.String("name");
        if (!scope.Has("name")) scope.Fail("name", "a model needs a name");
        else if (name is { Length: 0 }) scope.Fail("name", "a model's name is empty");
        var model = new ModelConfig
        {
            Name = name ?? "",
            Backends = scope.Names("backends"),
            Policy = scope.Choice("policy", ConfigWords.Policies),
            Fallbacks = scope.Names("fallbacks"),
            Aliases = scope.Names("aliases"),
            Limits = limits.ReadUse(scope, "limits"),
            Settings = SettingsReader.Read(scope, settings),
        };
        if (scope.IsEmpty("backends")) scope.Fail("backends", "a model needs the backends that may answer for it");
        foreach (var backend in model.Backends.Where(backend => !backends.MayHave(backend))) scope.Fail("backends", backends.Refuse(backend, []));
        scope.Close();
        return string.IsNullOrEmpty(name) ? null : model;
    }

    private void CheckAliases(YamlScope scope, ModelConfig model)
    {
        foreach (var alias in model.Aliases.Distinct(StringComparer.Ordinal))
        {
            if (alias == model.Name) scope.Fail("aliases", $"'{alias}' is the model's name already");
            else if (_names.Contains(alias)) scope.Fail("aliases", $"there is a model '{alias}'");
            else if (!_aliases.TryAdd(alias, model.Name)) scope.Fail("aliases", $"'{alias}' is an alias of '{_aliases[alias]}' already");
        }
    }

    private void CheckFallbacks(YamlScope scope, ModelConfig model)
    {
        foreach (var fallback in model.Fallbacks)
        {
            if (fallback == model.Name) scope.Fail("fallbacks", "a model cannot be its own fallback");
            else if (ModelPattern.IsPattern(fallback)) scope.Fail("fallbacks", $"'{fallback}' is a pattern; a fallback is one model, or a backend");
            else if (MayHave(fallback) || backends.MayHave(fallback)) continue;
            else if (_aliases.TryGetValue(fallback, out var name)) scope.Fail("fallbacks", $"'{fallback}' is an alias; did you mean '{name}'?");
            else scope.Fail("fallbacks", $"there is no model and no backend '{fallback}'{NearestName.Hint(fallback, Names.Concat(backends.All))}");
        }
    }

    private sealed record Entry(YamlScope Scope, ModelConfig Model);
}
