namespace Penstock.Configuration;

/// <summary>Reads <c>server.limits</c>.</summary>
internal static class ConnectionLimitsReader
{
    // What the server takes in before anybody reads: a line or headers that are longer would never be whole.
    private const int MostBytes = 1024 * 1024;
    private const int MostConnections = 1_000_000;

    // The server looks once a second.
    private static readonly TimeSpan ShortestGrace = TimeSpan.FromSeconds(1);

    public static ConnectionLimits Read(YamlScope? scope)
    {
        var defaults = new ConnectionLimits();
        if (scope is null) return defaults;
        var limits = defaults with
        {
            Connections = Integer(scope, "connections", 1, MostConnections) ?? defaults.Connections,
            RequestLineBytes = Integer(scope, "request_line_bytes", 128, MostBytes) ?? defaults.RequestLineBytes,
            HeaderBytes = Integer(scope, "header_bytes", 1024, MostBytes) ?? defaults.HeaderBytes,
            Headers = Integer(scope, "headers", 8, 10_000) ?? defaults.Headers,
            HeaderTimeout = scope.Seconds("header_timeout") ?? defaults.HeaderTimeout,
            KeepaliveTimeout = scope.Seconds("keepalive_timeout") ?? defaults.KeepaliveTimeout,
            BodyRate = Integer(scope, "body_rate", 0, int.MaxValue) ?? defaults.BodyRate,
            BodyGrace = Grace(scope, "body_grace") ?? defaults.BodyGrace,
            ResponseRate = Integer(scope, "response_rate", 0, int.MaxValue) ?? defaults.ResponseRate,
            ResponseGrace = Grace(scope, "response_grace") ?? defaults.ResponseGrace,
            Http2Streams = Integer(scope, "http2_streams", 1, 10_000) ?? defaults.Http2Streams,
        };
        scope.Close();
        return limits;
    }

    private static int? Integer(YamlScope scope, string key, long least, long most) => (int?)scope.Integer(key, least, most);

    private static TimeSpan? Grace(YamlScope scope, string key)
    {
        var time = scope.Seconds(key);
        if (time <= ShortestGrace) scope.Fail(key, "a grace is longer than 1 s: it is looked at once a second");
        return time;
    }
}
