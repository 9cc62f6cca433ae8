using System.Collections.Frozen;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Routing;

/// <summary>
/// Finds the route of a model: one of <c>models</c> by its name or an alias, else a backend whose own <c>models</c> has
/// it, both first without and then with patterns, the closest first; else a backend of that name, else the default.
/// </summary>
internal sealed class ModelRouter
{
    private readonly FrozenDictionary<string, ModelRoute> _exact;
    private readonly FrozenDictionary<string, ModelRoute>.AlternateLookup<ReadOnlySpan<char>> _exactBySpan;
    private readonly PatternRoute[] _patterns;
    private readonly FrozenDictionary<string, ModelRoute>.AlternateLookup<ReadOnlySpan<char>> _backends;
    private readonly ModelRoute? _default;

    /// <param name="backends">The backends, in the order of the file.</param>
    /// <param name="config">What the file says of models: of backends that are among <paramref name="backends"/>.</param>
    /// <param name="pickers">Make the policies.</param>
    public ModelRouter(IReadOnlyList<Backend> backends, GatewayConfig config, Pickers pickers)
    {
        var routes = new RouteBuilder(backends, config, pickers);
        // Of two that have the same name the first counts, and of equally close patterns.
        var byModel = new OrderedDictionary<string, ModelRoute>(StringComparer.Ordinal);
        foreach (var model in config.Models)
        {
            var route = routes.OfModel(model);
            byModel.TryAdd(model.Name, route);
            foreach (var alias in model.Aliases) byModel.TryAdd(alias, route);
        }

        foreach (var model in backends.SelectMany(backend => backend.Config.Models).Distinct(StringComparer.Ordinal))
            byModel.TryAdd(model, routes.OfListed(model));

        _exact = byModel.Where(pair => !ModelPattern.IsPattern(pair.Key)).ToFrozenDictionary(StringComparer.Ordinal);
        _exactBySpan = _exact.GetAlternateLookup<ReadOnlySpan<char>>();
        _patterns = [.. byModel.Where(pair => ModelPattern.IsPattern(pair.Key))
            .Select(pair => new PatternRoute(new ModelPattern(pair.Key), pair.Value))
            .OrderByDescending(p => p.Pattern.Specificity)];
        _backends = backends.Select(backend => backend.Name).Distinct(StringComparer.Ordinal)
            .ToFrozenDictionary(name => name, routes.OfBackend, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        if (config.DefaultBackend is { } name) _default = routes.OfName(name) with { Name = CallLabels.OtherModel, Target = name, IsDefault = true };
    }

    /// <summary>The model names that are written out: exact ones, aliases and backends', in no order.</summary>
    public IEnumerable<string> Names => _exact.Keys.Concat(_backends.Dictionary.Keys);

    /// <summary>The route of a model; null where it is unknown and there is no default.</summary>
    /// <param name="model">The model's name; empty where the request has none.</param>
    public ModelRoute? Resolve(ReadOnlySpan<char> model)
    {
        if (_exactBySpan.TryGetValue(model, out var route)) return route;
        foreach (var (pattern, patternRoute) in _patterns)
        {
            if (pattern.IsMatch(model)) return patternRoute;
        }

        return _backends.TryGetValue(model, out route) ? route : _default;
    }

    // A class: generic code over tuples of ours is not in the compiled framework, and costs its compilation at each start.
    private sealed record PatternRoute(ModelPattern Pattern, ModelRoute Route);
}
