using System.Collections.Frozen;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Routing;

/// <summary>
/// Finds the route of a model: a backend whose <c>models</c> has it (exact before pattern, the closest pattern
/// first), else a backend of that name, else the default. Backends that name the same model form a pool.
/// </summary>
internal sealed class ModelRouter
{
    private readonly FrozenDictionary<string, ModelRoute> _exact;
    private readonly FrozenDictionary<string, ModelRoute>.AlternateLookup<ReadOnlySpan<char>> _exactBySpan;
    private readonly PatternRoute[] _patterns;
    private readonly FrozenDictionary<string, ModelRoute>.AlternateLookup<ReadOnlySpan<char>> _backends;
    private readonly ModelRoute? _default;

    public ModelRouter(IReadOnlyList<Backend> backends, string? defaultBackend, IBackendPicker picker, ModelSettings? modelSettings = null)
    {
        var settings = modelSettings ?? new ModelSettings();
        // In the order of the file, so that of equally close patterns the first wins.
        var byModel = new OrderedDictionary<string, List<Backend>>(StringComparer.Ordinal);
        foreach (var backend in backends)
        {
            foreach (var model in backend.Config.Models)
            {
                if (!byModel.TryGetValue(model, out var members)) byModel.Add(model, members = []);
                members.Add(backend);
            }
        }

        var routes = byModel.Select(pair => new ModelRoute(pair.Key, [new Pool([.. pair.Value], picker)], settings)).ToList();
        _exact = routes.Where(route => !ModelPattern.IsPattern(route.Name)).ToFrozenDictionary(route => route.Name, StringComparer.Ordinal);
        _exactBySpan = _exact.GetAlternateLookup<ReadOnlySpan<char>>();
        _patterns = [.. routes.Where(route => ModelPattern.IsPattern(route.Name))
            .Select(route => new PatternRoute(new ModelPattern(route.Name), route))
            .OrderByDescending(p => p.Pattern.Specificity)];
        // Of one name there are several where DNS knows several addresses.
        _backends = backends.GroupBy(b => b.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(same => same.Key, same => new ModelRoute(same.Key, [new Pool([.. same], picker)], settings), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        if (defaultBackend is not null)
            _default = _backends[defaultBackend] with { Name = CallLabels.OtherModel };
    }

    /// <summary>The model names that are written out: exact ones and backends', in no order.</summary>
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
