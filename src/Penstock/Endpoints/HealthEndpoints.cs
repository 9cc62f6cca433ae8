using Penstock.Health;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary><c>GET /healthz</c>: the process lives. <c>GET /readyz</c>: it wants requests, and could have them answered.</summary>
internal sealed class HealthEndpoints(Drain drain)
{
    public static ValueTask<ApiError?> GetHealth(Exchange exchange)
    {
        JsonResponses.Send(exchange, "{\"status\":\"ok\"}"u8);
        return ValueTask.FromResult<ApiError?>(null);
    }

    public ValueTask<ApiError?> GetReadiness(Exchange exchange)
    {
        if (drain.IsDraining) return ValueTask.FromResult<ApiError?>(Errors.ShuttingDown());
        // One that is full or rests will answer: another gateway would meet the same.
        var backends = exchange.Gateway.Backends;
        if (!backends.Any(backend => backend.State.Health.IsAble))
            return ValueTask.FromResult<ApiError?>(Errors.NoHealthyBackend(backends.Min(backend => backend.State.Health.AvailableIn)));
        JsonResponses.Send(exchange, "{\"status\":\"ready\"}"u8);
        return ValueTask.FromResult<ApiError?>(null);
    }
}
