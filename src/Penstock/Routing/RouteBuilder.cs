using Penstock.Backends;
using Penstock.Configuration;

namespace Penstock.Routing;

/// <summary>
/// Makes the routes of a configuration. What they have in common they share: a model has one pool, its own and as a
/// fallback of others, so that its policy sees all of its requests.
/// </summary>
internal sealed class RouteBuilder
{
    private readonly GatewayConfig _config;
    private readonly Pickers _pickers;
    private readonly IReadOnlyList<Backend> _backends;
    private readonly ILookup<string, Backend> _byName;
    private readonly Dictionary<string, Pool> _singles;
    private readonly Dictionary<string, Pool> _models;

    public RouteBuilder(IReadOnlyList<Backend> backends, GatewayConfig config, Pickers pickers)
    {
        _config = config;
        _pickers = pickers;
        _backends = backends;
        // One name may stand for several servers.
        _byName = backends.ToLookup(b => b.Name, StringComparer.Ordinal);
        _singles = _byName.ToDictionary(same => same.Key, same => PoolOf(same.Key, [.. same], config.Settings), StringComparer.Ordinal);
        _models = config.Models.ToDictionary(m => m.Name, PoolOf, StringComparer.Ordinal);
    }

    /// <summary>A model of <c>models</c>: its pool, then those of its fallbacks, whose own fallbacks do not count.</summary>
    public ModelRoute OfModel(ModelConfig model) =>
        new(model.Name, [_models[model.Name], .. model.Fallbacks.Select(PoolOf)], model.Settings);

    /// <summary>A model that backends list, without being in <c>models</c>.</summary>
    public ModelRoute OfListed(string model)
    {
        Backend[] members = [.. _backends.Where(b => b.Config.Models.Contains(model))];
        return new ModelRoute(model, [PoolOf(model, members, _config.Settings)], _config.Settings);
    }

    /// <summary>A backend, asked for by its name.</summary>
    public ModelRoute OfBackend(string name) => new(name, [_singles[name]], _config.Settings);

    /// <summary>A model of <c>models</c> or else a backend, whichever has the name.</summary>
    public ModelRoute OfName(string name) =>
        _config.Models.FirstOrDefault(m => m.Name == name) is { } model ? OfModel(model) : OfBackend(name);

    private Pool PoolOf(string fallback) => _models.TryGetValue(fallback, out var pool) ? pool : _singles[fallback];

    // Who is asked for a pattern is asked for what the caller wrote.
    private Pool PoolOf(ModelConfig model) => PoolOf(
        model.Name, [.. model.Backends.SelectMany(name => _byName[name])], model.Settings,
        model.Policy, ModelPattern.IsPattern(model.Name) ? null : model.Name);

    private Pool PoolOf(string name, Backend[] members, ModelSettings settings, PickerPolicy? policy = null, string? model = null) =>
        new(members, _pickers.Create(policy, members, settings.Stickiness), model) { Name = name, Queue = settings.Queue };
}
