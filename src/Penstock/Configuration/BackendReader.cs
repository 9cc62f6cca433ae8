using System.Buffers;

namespace Penstock.Configuration;

/// <summary>Reads one entry of <c>backends</c>.</summary>
internal sealed class BackendReader(IReadOnlyCollection<string> customTypes)
{
    public const string Echo = "echo";
    public const string Http = "http";

    private const long MostWeight = 1000;
    private const long MostSeats = 1_000_000;

    private static readonly BackendConfig Defaults = new() { Name = "", Type = "" };

    // RFC 9110, 5.6.2: what a field's name is made of.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // What the gateway sets itself or what belongs to a single connection.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Accept-Encoding",
    };

    /// <summary>The entry, or null where not even its name can be read; errors are in the scope's context.</summary>
    public BackendConfig? Read(YamlScope scope)
    {
        var name = ReadName(scope);
        var url = ReadUrl(scope);
        var type = ReadType(scope, hasUrl: scope.Has("url"));
        if (type == Http && !scope.Has("url")) scope.Fail("url", "an http backend needs the address of its server");
        if (type == Echo) RefuseServerKeys(scope, url);

        var timeout = scope.Seconds("timeout");
        var config = new BackendConfig
        {
            Name = name ?? "",
            Type = type ?? "",
            Url = url,
            Weight = (int?)scope.Integer("weight", 1, MostWeight) ?? 1,
            MaxConcurrency = (int?)scope.Integer("max_concurrency", 1, MostSeats),
            ConnectTimeout = scope.Seconds("connect_timeout") ?? Defaults.ConnectTimeout,
            Timeout = timeout ?? Defaults.Timeout,
            // Who gives a server less or more time means its first content, too.
            FirstTokenTimeout = scope.Seconds("first_token_timeout") ?? timeout ?? Defaults.FirstTokenTimeout,
            IdleTimeout = scope.Seconds("idle_timeout") ?? Defaults.IdleTimeout,
            Health = HealthReader.Read(scope, type, url),
            Breaker = BreakerReader.Read(scope.Mapping("breaker")),
            Continuation = scope.Choice("continuation", ConfigWords.Continuations) ?? Continuation.None,
            Kind = ReadKind(scope, type),
            Discovery = ReadDiscovery(scope, type, url),
            // ${KEY:-} is how one writes a key that may be missing.
            ApiKey = scope.String("api_key") is { Length: > 0 } key ? key : null,
            Model = scope.String("model"),
            Models = scope.Names("models"),
            InjectUsage = scope.Boolean("inject_usage") ?? true,
            Headers = ReadHeaders(scope),
            Options = scope.Pairs("options"),
        };
        if (config.Options.Count > 0 && type is Echo or Http) scope.Fail("options", $"a backend of type {type} has no options");
        if (config.ApiKey is not null && config.ApiKey.AsSpan().ContainsAnyExceptInRange('!', '~'))
            scope.Fail("api_key", "a key is made of visible ASCII characters");
        scope.Close();
        return name is null ? null : config;
    }

    private static string? ReadName(YamlScope scope)
    {
        var name = scope.String("name");
        if (!scope.Has("name")) scope.Fail("name", "a backend needs a name");
        // It travels in the X-Backend header.
        if (name is null || (name.Length is > 0 and <= 128 && !name.AsSpan().ContainsAnyExceptInRange('!', '~'))) return name;
        scope.Fail("name", "a name is made of 1 to 128 visible ASCII characters, without spaces");
        return null;
    }

    private string? ReadType(YamlScope scope, bool hasUrl)
    {
        string[] types = [Echo, Http, .. customTypes];
        if (scope.Has("type")) return scope.Word("type", types);
        // Who writes an address means a server.
        if (hasUrl) return Http;
        scope.Fail("type", $"a backend needs a type: {string.Join(", ", types)}");
        return null;
    }

    private static void RefuseServerKeys(YamlScope scope, Uri? url)
    {
        if (url is not null) scope.Fail("url", "an echo backend has no server; did you mean type: http?");
        foreach (var key in (string[])["connect_timeout", "discovery"])
        {
            if (scope.Has(key)) scope.Fail(key, "an echo backend has no server to connect to");
        }
    }

    private static EngineKind ReadKind(YamlScope scope, string? type)
    {
        var kind = scope.Choice("kind", ConfigWords.EngineKinds);
        if (kind is not null && type == Echo) scope.Fail("kind", "an echo backend has no server of any kind");
        else if (kind is not null && type is not (null or Http)) scope.Fail("kind", "only a backend of type http has a kind of server");
        return kind ?? EngineKind.Auto;
    }

    private static Discovery ReadDiscovery(YamlScope scope, string? type, Uri? url)
    {
        var discovery = scope.Choice("discovery", ConfigWords.Discoveries) ?? Discovery.None;
        if (discovery == Discovery.None || type == Echo) return discovery;
        if (url is { HostNameType: not UriHostNameType.Dns }) scope.Fail("discovery", $"'{url.Host}' is an address already; dns is for a url with a name");
        else if (type != Http && !scope.Has("url")) scope.Fail("discovery", "there is no url whose name could be looked up");
        return discovery;
    }

    private static Uri? ReadUrl(YamlScope scope)
    {
        if (scope.String("url") is not { } text) return null;
        if (BackendUrl.TryParse(text, out var url, out var error)) return url;
        scope.Fail("url", error);
        return null;
    }

    private static Dictionary<string, string> ReadHeaders(YamlScope scope)
    {
        var headers = scope.Pairs("headers");
        foreach (var (name, value) in headers)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters))
                scope.Fail("headers", $"'{name}' is not a header's name");
            else if (Reserved.Contains(name))
                scope.Fail("headers", $"'{name}' is set by the gateway");
            if (value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
                scope.Fail("headers", $"the value of '{name}' has a line end in it");
        }

        return headers;
    }
}
