using System.Buffers;

namespace Penstock.Configuration;

/// <summary>Reads one entry of <c>backends</c>.</summary>
internal sealed class BackendReader(IReadOnlyCollection<string> customTypes)
{
    public const string Echo = "echo";
    public const string Http = "http";

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
        var isHttp = type == Http;
        if (isHttp && !scope.Has("url")) scope.Fail("url", "an http backend needs the address of its server");
        if (type == Echo && url is not null) scope.Fail("url", "an echo backend has no server; did you mean type: http?");

        var config = new BackendConfig
        {
            Name = name ?? "",
            Type = type ?? "",
            Url = url,
            Timeout = scope.Seconds("timeout") ?? BackendConfig.DefaultTimeout,
            // ${KEY:-} is how one writes a key that may be missing.
            ApiKey = scope.String("api_key") is { Length: > 0 } key ? key : null,
            Model = scope.String("model"),
            Models = ReadModels(scope),
            Health = new HealthConfig { IsProbed = isHttp && url?.Scheme == Uri.UriSchemeHttp },
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
        var types = new Dictionary<string, int> { [Echo] = 0, [Http] = 0 };
        foreach (var custom in customTypes) types[custom] = 0;
        if (scope.Choice("type", types) is not null) return scope.String("type");
        if (scope.Has("type")) return null;
        // Who writes an address means a server.
        if (hasUrl) return Http;
        scope.Fail("type", $"a backend needs a type: {string.Join(", ", types.Keys)}");
        return null;
    }

    private static Uri? ReadUrl(YamlScope scope)
    {
        if (scope.String("url") is not { } text) return null;
        if (BackendUrl.TryParse(text, out var url, out var error)) return url;
        scope.Fail("url", error);
        return null;
    }

    private static List<string> ReadModels(YamlScope scope)
    {
        var models = scope.Strings("models");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var model in models)
        {
            if (model.Length == 0) scope.Fail("models", "a model's name is empty");
            else if (!seen.Add(model)) scope.Fail("models", $"'{model}' is there twice");
        }

        return models;
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
