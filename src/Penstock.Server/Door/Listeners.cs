using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Penstock.Configuration;
using Penstock.Endpoints;

namespace Penstock.Server.Door;

/// <summary>Where the gateway listens, and what is spoken there. The callers' port is the first.</summary>
internal static class Listeners
{
    public static void Open(KestrelServerOptions kestrel, ServerConfig server, ServerCertificate? certificate)
    {
        var logger = kestrel.ApplicationServices.GetRequiredService<ILogger<ConnectionCap>>();
        var callers = new ConnectionCap(server.Limits.Connections, TimeProvider.System, logger);
        Listen(kestrel, server.Host, server.Port, listen => Speak(listen, callers, server, certificate));
        // Without TLS nobody can agree on a protocol: HTTP/2 needs a port of its own.
        if (server.H2cPort is { } h2c)
        {
            Listen(kestrel, server.Host, h2c, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(callers.Guard);
            });
        }

        if (server.AdminPort is not { } admin) return;
        var administrators = new ConnectionCap(server.Limits.Connections, TimeProvider.System, logger);
        Listen(kestrel, server.AdminHost ?? server.Host, admin, listen =>
        {
            listen.Use(MarkAdmin);
            Speak(listen, administrators, server, certificate);
        });
    }

    private static void Listen(KestrelServerOptions kestrel, string host, int port, Action<ListenOptions> configure)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address)) kestrel.Listen(address, port, configure);
        // Of a port that is picked there is one, so that localhost is one address then.
        else if (port == 0) kestrel.Listen(IPAddress.Loopback, 0, configure);
        else kestrel.ListenLocalhost(port, configure);
    }

    private static void Speak(ListenOptions listen, ConnectionCap cap, ServerConfig server, ServerCertificate? certificate)
    {
        listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
        // Before TLS: a handshake costs more than a connection.
        listen.Use(cap.Guard);
        if (certificate is null) return;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => new ValueTask<System.Net.Security.SslServerAuthenticationOptions>(certificate.InForce),
            HandshakeTimeout = server.Limits.HeaderTimeout,
        });
    }

    private static ConnectionDelegate MarkAdmin(ConnectionDelegate next) => connection =>
    {
        connection.Features.Set(AdminDoor.Instance);
        return next(connection);
    };
}
