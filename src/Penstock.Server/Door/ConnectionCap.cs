using Microsoft.AspNetCore.Connections;

namespace Penstock.Server.Door;

/// <summary>
/// How many connections there may be at a time. What comes beyond is closed at once, before a byte of it is read. Not
/// the server's own limit: that one counts callers and administrators together, so that callers could lock the others
/// out, and warns of each connection.
/// </summary>
internal sealed partial class ConnectionCap(int most, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(10);

    private int _open;
    private long _refused;
    private long _warnAt;

    /// <summary>Counts a connection until it has ended, or refuses it.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        try
        {
            if (Interlocked.Increment(ref _open) > most) Refuse(connection);
            else await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    };

    private void Refuse(ConnectionContext connection)
    {
        connection.Abort(new ConnectionAbortedException("There are too many connections."));
        Interlocked.Increment(ref _refused);
        var (now, due) = (time.GetTimestamp(), Interlocked.Read(ref _warnAt));
        // A flood of connections is not to become a flood of lines.
        if (now < due || Interlocked.CompareExchange(ref _warnAt, now + (long)(BetweenWarnings.TotalSeconds * time.TimestampFrequency), due) != due) return;
        Log.Full(logger, most, Interlocked.Exchange(ref _refused, 0));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "All {Most} connections are taken (server.limits.connections): refused {Refused}")]
        public static partial void Full(ILogger logger, int most, long refused);
    }
}
