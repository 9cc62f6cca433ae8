using System.Net;
using System.Net.Sockets;

namespace Penstock.Backends.Http;

/// <summary>
/// Makes the connections of the handlers. The framework's own way waits for a name's resolution however long it takes;
/// here the handler's deadline for connecting covers it.
/// </summary>
internal sealed class HttpConnector(INameResolver names)
{
    /// <summary>Connects to the first address behind the name that can be connected to.</summary>
    /// <exception cref="SocketException">None can: what the last one said; or the name has no address.</exception>
    /// <exception cref="OperationCanceledException">The handler's time for connecting is over.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await ResolveAsync(host, cancellationToken);
        SocketException? failure = null;
        foreach (var address in addresses)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(address, port), cancellationToken);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await names.ResolveAsync(host, cancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode is not (SocketError.HostNotFound or SocketError.TryAgain))
        {
            // By the other two the framework knows that it was the name.
            throw new SocketException((int)SocketError.HostNotFound, e.Message);
        }
    }

    private static async Task<Stream> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
