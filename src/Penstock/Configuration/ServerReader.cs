using System.Net;

namespace Penstock.Configuration;

/// <summary>Reads <c>server</c>.</summary>
internal static class ServerReader
{
    /// <summary>What it means to have no key for callers.</summary>
    public const string WithoutApiKey = "leave the gateway open";

    /// <summary>What it means to have no key for administrators.</summary>
    public const string WithoutAdminKey = "have no /admin";

    public static ServerConfig Read(YamlScope? scope)
    {
        var defaults = new ServerConfig();
        if (scope is null) return defaults;
        var config = defaults with
        {
            Host = ReadHost(scope, "host") ?? defaults.Host,
            Port = (int?)scope.Integer("port", 0, 65535) ?? defaults.Port,
            H2cPort = (int?)scope.Integer("h2c_port", 0, 65535),
            AdminHost = ReadHost(scope, "admin_host"),
            AdminPort = (int?)scope.Integer("admin_port", 0, 65535),
            Tls = TlsReader.Read(scope.Mapping("tls")),
            ApiKey = ReadKey(scope, "api_key", WithoutApiKey),
            AdminKey = ReadKey(scope, "admin_key", WithoutAdminKey),
            Cors = CorsReader.Read(scope.Mapping("cors")),
            MaxBodyBytes = scope.Integer("max_body_bytes", 1, int.MaxValue) ?? defaults.MaxBodyBytes,
            Validation = scope.Choice("validation", ConfigWords.Validations) ?? defaults.Validation,
            DrainTimeout = scope.Seconds("drain_timeout") ?? defaults.DrainTimeout,
            Limits = ConnectionLimitsReader.Read(scope.Mapping("limits")),
        };
        scope.Close();
        return config;
    }

    /// <summary>Whether it is something to listen on; what is wrong with it otherwise.</summary>
    public static bool IsHost(string text, out string error)
    {
        // A name could stand for several addresses, and for others tomorrow.
        error = $"'{text}' is not an IP address or localhost";
        return text == "localhost" || IPAddress.TryParse(text.Trim('[', ']'), out _);
    }

    /// <summary>The error for a key that is there and empty.</summary>
    public static string EmptyKey(string withoutOne) => $"the key is empty; leave it out to {withoutOne}";

    private static string? ReadKey(YamlScope scope, string key, string withoutOne)
    {
        var value = scope.String(key);
        if (value is { Length: 0 }) scope.Fail(key, EmptyKey(withoutOne));
        return value;
    }

    private static string? ReadHost(YamlScope scope, string key)
    {
        if (scope.String(key) is not { } host) return null;
        if (IsHost(host, out var error)) return host;
        scope.Fail(key, error);
        return null;
    }
}
