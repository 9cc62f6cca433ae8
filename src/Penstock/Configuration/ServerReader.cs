using System.Net;

namespace Penstock.Configuration;

/// <summary>Reads <c>server</c>.</summary>
internal static class ServerReader
{
    public static ServerConfig Read(YamlScope? scope)
    {
        var defaults = new ServerConfig();
        if (scope is null) return defaults;
        var config = defaults with
        {
            Host = ReadHost(scope) ?? defaults.Host,
            Port = (int?)scope.Integer("port", 0, 65535) ?? defaults.Port,
            ApiKey = scope.String("api_key"),
            MaxBodyBytes = scope.Integer("max_body_bytes", 1, int.MaxValue) ?? defaults.MaxBodyBytes,
            Validation = scope.Choice("validation", ConfigWords.Validations) ?? defaults.Validation,
            DrainTimeout = scope.Seconds("drain_timeout") ?? defaults.DrainTimeout,
        };
        if (config.ApiKey is { Length: 0 }) scope.Fail("api_key", "the key is empty; leave it out to leave the gateway open");
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

    private static string? ReadHost(YamlScope scope)
    {
        if (scope.String("host") is not { } host) return null;
        if (IsHost(host, out var error)) return host;
        scope.Fail("host", error);
        return null;
    }
}
