using System.Net.Sockets;

namespace Penstock.Backends.Http;

/// <summary>Words for the caller on why there is no answer: what happened, but no address, which is the operator's to know.</summary>
internal static class HttpFailure
{
    public static BackendException Explain(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => new BackendException("its name cannot be resolved", isUnreachable: true, e),
        HttpRequestError.ConnectionError => new BackendException(DescribeSocket(e), isUnreachable: true, e),
        HttpRequestError.SecureConnectionError => new BackendException("the TLS handshake failed", isUnreachable: true, e),
        HttpRequestError.ResponseEnded => new BackendException("it closed the connection without an answer", isUnreachable: false, e),
        HttpRequestError.InvalidResponse => new BackendException("its answer is not HTTP", isUnreachable: false, e),
        HttpRequestError.ConfigurationLimitExceeded => new BackendException("its answer's headers are too large", isUnreachable: false, e),
        _ => new BackendException("the connection was reset before an answer", isUnreachable: false, e),
    };

    private static string DescribeSocket(HttpRequestException e) => (e.InnerException as SocketException)?.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "the connection was refused",
        SocketError.TimedOut => "connecting timed out",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "there is no route to it",
        _ => "no connection could be made",
    };
}
