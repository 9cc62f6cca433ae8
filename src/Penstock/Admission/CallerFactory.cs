using System.Text.Json;
using Penstock.Admission.Jwt;
using Penstock.Admission.Keys;
using Penstock.Admission.Limits;
using Penstock.Configuration;

namespace Penstock.Admission;

/// <summary>Makes the callers of a configuration, with the limits that hold for them.</summary>
internal sealed class CallerFactory(Meters meters, GatewayConfig config)
{
    private readonly LimitsConfig? _default = config.FindLimits(LimitsReader.Default);

    // What the operator has taken out of the file must not set free whoever was held to it.
    private readonly LimitsConfig? _missing = config.FindLimits(LimitsReader.Default) ?? SmallestOf(config);

    /// <summary>Whoever calls a gateway that is open.</summary>
    public Caller Anonymous() => Create(KeyRules.Anonymous);

    /// <summary>Whoever carries the one key of <c>API_KEY</c>.</summary>
    public Caller KeyHolder() => Create(KeyRules.KeyHolder);

    /// <summary>The caller of a key that was made at run time.</summary>
    /// <param name="key">The key, which is not revoked.</param>
    /// <param name="expires">From when on the credential that is meant is not good any more.</param>
    public Caller Create(StoredKey key, DateTimeOffset? expires) => Create(new KeyConfig
    {
        Name = key.Name,
        Hash = key.Hash,
        Models = key.Terms.Models,
        Expires = expires,
        Limits = key.Terms.Limits is { } limits ? config.FindLimits(limits) ?? _missing : null,
        Budget = key.Terms.Budget,
        Priority = key.Terms.Priority,
        Labels = key.Terms.Labels,
    });

    public Caller Create(KeyConfig key) => new()
    {
        Name = key.Name,
        Models = ModelAccess.Listed(key.Models),
        Priority = key.Priority,
        Labels = key.Labels.Count == 0 ? "" : JsonSerializer.Serialize(key.Labels),
        Expires = key.Expires,
        Meter = meters.For(MeterScope.Caller, key.Name, key.Limits ?? _default, key.Budget),
    };

    /// <summary>
    /// Whoever an identity provider vouches for. Names are the provider's: with it before them they are nobody else's, for no
    /// key's name has a <c>#</c> in it.
    /// </summary>
    public Caller Create(JwtIdentity identity)
    {
        var name = $"{identity.Issuer}#{identity.Name}";
        return new Caller
        {
            Name = name,
            Models = identity.Models is { } models ? ModelAccess.Only([.. models]) : ModelAccess.All,
            Labels = identity.Labels.Count == 0 ? "" : JsonSerializer.Serialize(new Dictionary<string, string>(identity.Labels)),
            // Limits that there are not are no licence: what holds for everybody holds.
            Meter = meters.ForVisitor(name, identity.Limits is { } limits ? config.FindLimits(limits) ?? _missing : _default),
        };
    }

    private Caller Create(string name) => new() { Name = name, Meter = meters.For(MeterScope.Caller, name, _default) };

    private static LimitsConfig? SmallestOf(GatewayConfig config)
    {
        var named = config.Limits.Where(limits => limits.Name != LimitsReader.Global).ToArray();
        return named.Length == 0 ? null : new LimitsConfig
        {
            RequestsPerMinute = named.Min(limits => limits.RequestsPerMinute),
            TokensPerMinute = named.Min(limits => limits.TokensPerMinute),
            Concurrency = named.Min(limits => limits.Concurrency),
            OnStoreFailure = named.Max(limits => limits.OnStoreFailure),
        };
    }
}
