namespace Penstock.Configuration;

/// <summary>Reads <c>auth</c>.</summary>
/// <param name="limits">The limits that callers refer to.</param>
internal sealed class AuthReader(LimitsReader limits)
{
    public AuthConfig? Read(YamlScope? scope)
    {
        if (scope is null) return null;
        var config = new AuthConfig { Keys = ReadKeys(scope), Jwt = ReadIssuers(scope) };
        scope.Close();
        return config;
    }

    private List<KeyConfig> ReadKeys(YamlScope auth)
    {
        var keys = new List<KeyConfig>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var hashes = new Dictionary<KeyHash, string>();
        foreach (var scope in auth.Mappings("keys"))
        {
            if (ReadKey(scope) is not { } key) continue;
            if (!names.Add(key.Name)) scope.Fail("name", $"there are two keys '{key.Name}'");
            else if (!hashes.TryAdd(key.Hash, key.Name)) scope.Fail("key", $"'{hashes[key.Hash]}' has the same key");
            else keys.Add(key);
        }

        return keys;
    }

    private static List<JwtConfig> ReadIssuers(YamlScope auth)
    {
        var issuers = new List<JwtConfig>();
        foreach (var scope in auth.Mappings("jwt"))
        {
            if (JwtReader.Read(scope) is not { } issuer) continue;
            if (issuers.Exists(other => other.Issuer == issuer.Issuer)) scope.Fail("issuer", $"there are two issuers '{issuer.Issuer}'");
            else issuers.Add(issuer);
        }

        return issuers;
    }

    private KeyConfig? ReadKey(YamlScope scope)
    {
        var name = ReadName(scope);
        var hash = ReadHash(scope);
        var key = new KeyConfig
        {
            Name = name ?? "",
            Hash = hash ?? default,
            Models = scope.Names("models"),
            Expires = scope.Instant("expires"),
            Limits = limits.ReadUse(scope, "limits"),
            Budget = ReadBudget(scope.Mapping("budget")),
            Priority = scope.Choice("priority", ConfigWords.Priorities) ?? CallerPriority.Normal,
            Labels = ReadLabels(scope),
        };
        scope.Close();
        return name is null || hash is null ? null : key;
    }

    private static string? ReadName(YamlScope scope)
    {
        var name = scope.String("name");
        if (!scope.Has("name")) scope.Fail("name", "a key needs the name of its caller");
        else if (name is null) return null;
        else if (KeyRules.NameFlaw(name) is { } flaw) scope.Fail("name", flaw);
        else return name;
        return null;
    }

    private static KeyHash? ReadHash(YamlScope scope)
    {
        var key = scope.String("key");
        var hash = scope.String("key_hash");
        if (scope.Has("key") == scope.Has("key_hash"))
        {
            scope.Fail("key", "an entry needs either a key, or a key_hash");
            return null;
        }

        if (hash is not null)
        {
            if (KeyHash.TryParse(hash, out var parsed)) return parsed;
            scope.Fail("key_hash", $"this is not {KeyHash.Prefix} and 64 hexadecimal digits; `penstock keys hash` prints it");
        }

        if (key is null) return null;
        // What a header can carry (RFC 6750, 2.1, is narrower still; keys of other gateways are not).
        if (key.Length > 0 && key.All(c => c is > ' ' and < '\x7f')) return KeyHash.Of(key);
        scope.Fail("key", key.Length == 0 ? "the key is empty" : "a key has visible ASCII characters only");
        return null;
    }

    private static BudgetConfig? ReadBudget(YamlScope? scope)
    {
        if (scope is null) return null;
        var usd = scope.Decimal("usd", BudgetConfig.Least, BudgetConfig.Most, BudgetConfig.Decimals);
        var per = scope.Choice("per", ConfigWords.BudgetPeriods);
        if (!scope.Has("usd")) scope.Fail("usd", "a budget needs its US dollars");
        if (!scope.Has("per")) scope.Fail("per", "a budget needs its period: hour, day, week or month");
        scope.Close();
        return usd is null || per is null ? null : new BudgetConfig(usd.Value, per.Value);
    }

    private static Dictionary<string, string> ReadLabels(YamlScope scope)
    {
        var labels = scope.Pairs("labels");
        if (KeyRules.LabelsFlaw(labels) is { } flaw) scope.Fail("labels", flaw);
        return labels;
    }
}
