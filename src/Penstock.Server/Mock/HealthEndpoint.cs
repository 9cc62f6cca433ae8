namespace Penstock.Server.Mock;

/// <summary><c>GET /health</c>, as llama.cpp and vLLM have it.</summary>
internal static class HealthEndpoint
{
    public static Task HandleAsync(HttpContext context) => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteStartObject();
        json.WriteString("status"u8, "ok"u8);
        json.WriteEndObject();
    });
}
