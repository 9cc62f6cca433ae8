using Penstock.Health;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary><c>GET /healthz</c>: the process lives. <c>GET /readyz</c>: it wants requests.</summary>
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
        JsonResponses.Send(exchange, "{\"status\":\"ready\"}"u8);
        return ValueTask.FromResult<ApiError?>(null);
    }
}
