using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Configuration;

/// <summary>The keys of the door: TLS, ports, CORS and limits.</summary>
public sealed class DoorKeysTests
{
    private const string Full = """
        server:
          port: 8443
          h2c_port: 8081
          admin_port: 9000
          admin_host: 127.0.0.1
          tls: { certificate: certs/tls.crt, key: /etc/tls.key }
          cors: { origins: [https://app.example.com, 'http://localhost:3000'] }
          limits:
            connections: 10
            request_line_bytes: 1000
            header_bytes: 2000
            headers: 30
            header_timeout: 4
            keepalive_timeout: 5
            body_rate: 0
            body_grace: 6
            response_rate: 7
            response_grace: 8
            http2_streams: 9
        """;

    [Fact]
    public void Load_AllKeys_AreUnderstood()
    {
        using var folder = new ConfigFolder().Write(Full);

        var server = folder.LoadValid().Server;

        Assert.Equal((8443, 8081, 9000, "127.0.0.1"), (server.Port, server.H2cPort, server.AdminPort, server.AdminHost));
        Assert.Equal(new TlsConfig { Certificate = Path.Combine(folder.Directory, "certs/tls.crt"), Key = "/etc/tls.key" }, server.Tls);
        Assert.Equal(["https://app.example.com", "http://localhost:3000"], server.Cors!.Origins);
        Assert.Equal(
            new ConnectionLimits
            {
                Connections = 10,
                RequestLineBytes = 1000,
                HeaderBytes = 2000,
                Headers = 30,
                HeaderTimeout = TimeSpan.FromSeconds(4),
                KeepaliveTimeout = TimeSpan.FromSeconds(5),
                BodyRate = 0,
                BodyGrace = TimeSpan.FromSeconds(6),
                ResponseRate = 7,
                ResponseGrace = TimeSpan.FromSeconds(8),
                Http2Streams = 9,
            },
            server.Limits);
    }

    [Theory]
    [InlineData("server:\n  admin_port: 65536", "config.yaml:2: server.admin_port: '65536' is not a whole number from 0 to 65535")]
    [InlineData("server:\n  admin_host: example.com", "config.yaml:2: server.admin_host: 'example.com' is not an IP address or localhost")]
    [InlineData("server:\n  port: 80\n  admin_port: 80", "config.yaml: server.admin_port: 80 is the callers' port; an admin port is one of its own")]
    [InlineData("server:\n  port: 80\n  h2c_port: 80", "config.yaml: server.h2c_port: 80 is another port already")]
    [InlineData("server:\n  h2c_port: 81\n  admin_port: 81", "config.yaml: server.h2c_port: 81 is another port already")]
    [InlineData("server:\n  api_key: same\n  admin_key: same", "config.yaml: server.admin_key: the callers have the same key (api_key), and would be administrators")]
    [InlineData("server:\n  tls: { certificate: x }", "config.yaml:2: server.tls.key: a certificate needs its key, a file in PEM")]
    [InlineData("server:\n  tls: { key: x }", "config.yaml:2: server.tls.certificate: a key needs its certificate, a file in PEM")]
    [InlineData("server:\n  tls: { certificate: x, key: y, password: z }", "config.yaml:2: server.tls.password: unknown key")]
    [InlineData("server:\n  cors: { origins: ['*', 'https://a.example'] }", "config.yaml:2: server.cors.origins: '*' is every origin, and stands alone")]
    [InlineData("server:\n  cors: { origins: [app.example.com] }", "config.yaml:2: server.cors.origins: 'app.example.com' is not an origin like https://app.example.com")]
    [InlineData("server:\n  cors: { origins: ['null'] }", "config.yaml:2: server.cors.origins: 'null' is not an origin like https://app.example.com")]
    [InlineData("server:\n  cors: { origins: ['https://A.example/'] }", "config.yaml:2: server.cors.origins: 'https://A.example/' is not how browsers write it; did you mean 'https://a.example'?")]
    [InlineData("server:\n  cors: { origins: ['https://a.example:443'] }", "config.yaml:2: server.cors.origins: 'https://a.example:443' is not how browsers write it; did you mean 'https://a.example'?")]
    [InlineData("server:\n  limits: { headers: 7 }", "config.yaml:2: server.limits.headers: '7' is not a whole number from 8 to 10000")]
    [InlineData("server:\n  limits: { body_grace: 1 }", "config.yaml:2: server.limits.body_grace: a grace is longer than 1 s: it is looked at once a second")]
    [InlineData("server:\n  limits: { conections: 7 }", "config.yaml:2: server.limits.conections: unknown key; did you mean 'connections'?")]
    public void Load_WrongKey_IsSaid(string yaml, string error)
    {
        using var folder = new ConfigFolder().Write(yaml);

        Assert.Equal([error], folder.Errors());
    }

    [Theory]
    [InlineData("ADMIN_PORT", "x", "ADMIN_PORT: 'x' is not a port from 0 to 65535")]
    [InlineData("ADMIN_HOST", "x", "ADMIN_HOST: 'x' is not an IP address or localhost")]
    [InlineData("TLS_KEY", "x", "TLS_KEY: a key needs its certificate, a file in PEM: set TLS_CERTIFICATE")]
    [InlineData("TLS_CERTIFICATE", "x", "TLS_CERTIFICATE: a certificate needs its key, a file in PEM: set TLS_KEY")]
    [InlineData("API_KEY", "same", "ADMIN_KEY: the callers have the same key (api_key), and would be administrators")]
    public void Load_WrongVariable_IsSaid(string name, string value, string error)
    {
        using var folder = new ConfigFolder().Set("ADMIN_KEY", "same").Set(name, value);

        Assert.Equal([error], folder.Errors());
    }

    [Fact]
    public void Load_Variables_WinOverTheFile()
    {
        using var folder = new ConfigFolder().Write(Full).Set("ADMIN_PORT", "1").Set("ADMIN_HOST", "::1").Set("H2C_PORT", "2").Set("TLS_KEY", "/other.key");

        var server = folder.LoadValid().Server;

        Assert.Equal((1, "::1", 2), (server.AdminPort, server.AdminHost, server.H2cPort));
        Assert.Equal("/other.key", server.Tls!.Key);
        Assert.EndsWith("tls.crt", server.Tls.Certificate, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NothingSaid_IsACleartextDoorForCallersOnly()
    {
        using var folder = new ConfigFolder();

        var server = folder.LoadValid().Server;

        Assert.Equal((null, null, null, null, null), (server.Tls, server.Cors, server.AdminPort, server.AdminHost, server.H2cPort));
        Assert.Equal(new ConnectionLimits(), server.Limits);
    }
}
