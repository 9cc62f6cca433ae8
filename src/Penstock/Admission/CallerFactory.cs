using System.Text.Json;
using Penstock.Admission.Limits;
using Penstock.Configuration;

namespace Penstock.Admission;

/// <summary>Makes the callers of a configuration, with the limits that hold for them.</summary>
internal sealed class CallerFactory(Meters meters, GatewayConfig config)
{
    private readonly LimitsConfig? _default = Find(config, LimitsReader.Default);

    /// <summary>Whoever calls a gateway that is open.</summary>
    public Caller Anonymous() => Create("anonymous");

    /// <summary>Whoever carries the one key of <c>API_KEY</c>.</summary>
    public Caller KeyHolder() => Create("api-key");

    /// <summary>The limits of a name; null: there are none.</summary>
    public LimitsConfig? LimitsOf(string name) => Find(config, name);

    public Caller Create(KeyConfig key) => new()
    {
        Name = key.Name,
        Models = new ModelAccess(key.Models),
        Priority = key.Priority,
        Labels = key.Labels.Count == 0 ? "" : JsonSerializer.Serialize(key.Labels),
        Expires = key.Expires,
        Meter = meters.For(MeterScope.Caller, key.Name, key.Limits ?? _default, key.Budget),
    };

    private Caller Create(string name) => new() { Name = name, Meter = meters.For(MeterScope.Caller, name, _default) };

    private static LimitsConfig? Find(GatewayConfig config, string name) => config.Limits.FirstOrDefault(limits => limits.Name == name);
}
