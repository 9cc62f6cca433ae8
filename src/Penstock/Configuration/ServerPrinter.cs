namespace Penstock.Configuration;

/// <summary>Prints <c>server</c>.</summary>
internal static class ServerPrinter
{
    public static void Print(YamlWriter yaml, ServerConfig server)
    {
        yaml.Begin("server");
        yaml.Pair("host", server.Host);
        yaml.Pair("port", server.Port);
        yaml.PairUnless(null, "h2c_port", server.H2cPort);
        yaml.PairUnless(null, "admin_host", server.AdminHost);
        yaml.PairUnless(null, "admin_port", server.AdminPort);
        if (server.Tls is { } tls) yaml.Mapping("tls", ("certificate", tls.Certificate), ("key", tls.Key));
        yaml.Secret("api_key", server.ApiKey);
        yaml.Secret("admin_key", server.AdminKey);
        if (server.Cors is { } cors) yaml.Mapping("cors", ("origins", cors.Origins));
        yaml.Pair("max_body_bytes", server.MaxBodyBytes);
        yaml.Pair("validation", ConfigWords.Validations.For(server.Validation));
        yaml.Pair("drain_timeout", server.DrainTimeout);
        if (server.Limits != new ConnectionLimits()) Print(yaml, server.Limits);
    }

    private static void Print(YamlWriter yaml, ConnectionLimits limits) => yaml.Mapping(
        "limits",
        ("connections", limits.Connections),
        ("request_line_bytes", limits.RequestLineBytes),
        ("header_bytes", limits.HeaderBytes),
        ("headers", limits.Headers),
        ("header_timeout", limits.HeaderTimeout),
        ("keepalive_timeout", limits.KeepaliveTimeout),
        ("body_rate", limits.BodyRate),
        ("body_grace", limits.BodyGrace),
        ("response_rate", limits.ResponseRate),
        ("response_grace", limits.ResponseGrace),
        ("http2_streams", limits.Http2Streams));
}
