using Microsoft.Extensions.Logging;

namespace Penstock.Health;

// Each change is told once, never each request: what is bad for callers as a warning, the rest as information.
internal sealed partial class BackendHealth
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The backend {Backend} is down: {Reason}")]
        public static partial void Down(ILogger logger, string backend, string reason);

        [LoggerMessage(2, LogLevel.Information, "The backend {Backend} is up again")]
        public static partial void Up(ILogger logger, string backend);

        [LoggerMessage(3, LogLevel.Warning, "The backend {Backend} fails and gets no requests for {Seconds} s: {Reason}")]
        public static partial void Opened(ILogger logger, string backend, double seconds, string reason);

        [LoggerMessage(4, LogLevel.Information, "The backend {Backend} gets requests again, one at a time, on trial")]
        public static partial void HalfOpen(ILogger logger, string backend);

        [LoggerMessage(5, LogLevel.Information, "The backend {Backend} answers again and gets all requests")]
        public static partial void Closed(ILogger logger, string backend);

        [LoggerMessage(6, LogLevel.Warning, "The backend {Backend} refuses the gateway's credentials: {Reason}")]
        public static partial void Refused(ILogger logger, string backend, string reason);

        [LoggerMessage(7, LogLevel.Information, "The backend {Backend} accepts the gateway's credentials again")]
        public static partial void Accepted(ILogger logger, string backend);

        [LoggerMessage(8, LogLevel.Information, "The backend {Backend} was drained: it gets no more requests")]
        public static partial void Drained(ILogger logger, string backend);

        [LoggerMessage(9, LogLevel.Information, "The backend {Backend} was enabled: it gets requests again")]
        public static partial void Enabled(ILogger logger, string backend);
    }
}
