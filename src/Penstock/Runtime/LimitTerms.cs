using System.Collections.Concurrent;
using System.Collections.Frozen;
using Penstock.Admission.Limits;
using Penstock.Configuration;

namespace Penstock.Runtime;

/// <summary>What a configuration limits besides its callers: each model, and all calls together.</summary>
internal sealed class LimitTerms
{
    private readonly FrozenDictionary<string, ModelTerms> _models;
    private readonly ConcurrentDictionary<string, ModelTerms> _others = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TokenEstimator> _estimators;

    /// <param name="config">The configuration.</param>
    /// <param name="meters">Keep what was used.</param>
    /// <param name="estimators">Keep what was learned, by model.</param>
    public LimitTerms(GatewayConfig config, Meters meters, ConcurrentDictionary<string, TokenEstimator> estimators)
    {
        _estimators = estimators;
        _models = config.Models.ToFrozenDictionary(
            model => model.Name,
            model => new ModelTerms(meters.For(MeterScope.Model, model.Name, model.Limits), EstimatorOf(model.Name)),
            StringComparer.Ordinal);
        Global = meters.For(MeterScope.Global, "", config.FindLimits(LimitsReader.Global));
    }

    /// <summary>What all callers together may use; null: there is no such limit.</summary>
    public Meter? Global { get; }

    /// <summary>The terms of a model.</summary>
    /// <param name="route">What the configuration calls it: its names are few.</param>
    public ModelTerms Of(string route) =>
        _models.TryGetValue(route, out var terms) || _others.TryGetValue(route, out terms) ? terms : _others.GetOrAdd(route, new ModelTerms(null, EstimatorOf(route)));

    private TokenEstimator EstimatorOf(string model) => _estimators.GetOrAdd(model, _ => new TokenEstimator());
}
