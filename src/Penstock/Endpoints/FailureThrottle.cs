using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Penstock.Admission;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>What is answered to whom cannot say who it is: after too many of these within a minute, no more than that they were too many.</summary>
internal sealed partial class FailureThrottle(FailedLogins failures, ILogger<FailureThrottle> logger)
{
    /// <summary>The error to answer in place of <paramref name="error"/>; what is no 401 stays as it is.</summary>
    public ApiError Refuse(Exchange exchange, ApiError error)
    {
        if (error.Status != StatusCodes.Status401Unauthorized) return error;
        var address = exchange.Http.Connection.RemoteIpAddress;
        if (failures.Count(address) is not { } throttled) return error;
        if (throttled.HasBegun) Log.Throttled(logger, address, FailedLogins.Allowed, throttled.Wait.TotalSeconds);
        return Errors.TooManyFailedLogins(throttled.Wait);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Address} failed to authenticate more than {Allowed} times within a minute; its failures are answered 429 for {Seconds:0} s")]
        public static partial void Throttled(ILogger logger, System.Net.IPAddress? address, int allowed, double seconds);
    }
}
