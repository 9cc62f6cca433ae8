using System.Net.Sockets;

namespace Penstock.Backends.Http;

/// <summary>
/// A connection that the server gave up while it was idle, and that a request was sent on before word of that arrived.
/// The framework sends again by itself what has no body; for the rest it cannot know whether a body can be written twice.
/// </summary>
internal static class StaleConnection
{
    /// <summary>Whether a failure on a used connection looks like that: it ended or was reset, and no answer was there.</summary>
    public static bool IsCauseOf(Exception failure) => failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => true,
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown } or IOException => IsReset(failure),
        _ => false,
    };

    private static bool IsReset(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            // The last is a broken pipe.
            if (e is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown })
                return true;
        }

        return false;
    }
}
