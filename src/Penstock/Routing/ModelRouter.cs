using System.Collections.Frozen;
using Penstock.Backends;
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
    private readonly (ModelPattern Pattern, ModelRoute Route)[] _patterns;
    private readonly FrozenDictionary<string, ModelRoute>.AlternateLookup<ReadOnlySpan<char>> _backends;
    private readonly ModelRoute? _default;

    public ModelRouter(IReadOnlyList<Backend> backends, string? defaultBackend, IBackendPicker picker)
    {
        var byModel = backends
            .SelectMany(backend => backend.Config.Models.Select(model => (Model: model, Backend: backend)))
            .GroupBy(pair => pair.Model, pair => pair.Backend, StringComparer.Ordinal)
            .Select(group => new ModelRoute(group.Key, new Pool([.. group], picker)))
            .ToArray();
        _exact = byModel.Where(route => !ModelPattern.IsPattern(route.Name)).ToFrozenDictionary(route => route.Name, StringComparer.Ordinal);
        _exactBySpan = _exact.GetAlternateLookup<ReadOnlySpan<char>>();
        _patterns = [.. byModel.Where(route => ModelPattern.IsPattern(route.Name))
            .Select(route => (Pattern: new ModelPattern(route.Name), route))
            .OrderByDescending(p => p.Pattern.Specificity)];
        _backends = backends
            .ToFrozenDictionary(b => b.Name, b => new ModelRoute(b.Name, new Pool([b], picker)), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        if (defaultBackend is not null)
            _default = new ModelRoute(CallLabels.OtherModel, _backends[defaultBackend].Pool);
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
}
