using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What several tests say of answers.</summary>
internal static class Answers
{
    /// <summary>Checks that an answer is an error as the contract has it, and returns its message.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="status">The HTTP status that it should have.</param>
    /// <param name="code">The error's code.</param>
    /// <param name="backend">What <c>X-Backend</c> should say; null: there should be none.</param>
    /// <param name="param">The field that should be blamed.</param>
    public static async Task<string> AssertErrorAsync(
        HttpResponseMessage response, int status, string code, string? backend = "remote", string? param = null)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Single(response.Headers.GetValues("X-Request-ID"));
        Assert.Equal(backend, HeaderOf(response, "X-Backend"));
        using var json = JsonDocument.Parse(body);
        return AssertError(json.RootElement, code, TypeOf(status), param);
    }

    /// <summary>Checks the shape of an error object and returns its message.</summary>
    public static string AssertError(JsonElement root, string code, string type, string? param = null)
    {
        Assert.Equal(["error"], root.EnumerateObject().Select(p => p.Name));
        var error = root.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(p => p.Name));
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(type, error.GetProperty("type").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
        var message = error.GetProperty("message").GetString();
        Assert.False(string.IsNullOrWhiteSpace(message));
        return message;
    }

    /// <summary>Checks that a stream broke off visibly: it ends in an error event, and nothing says that it is done.</summary>
    /// <returns>The error's message, and the stream without that event.</returns>
    public static (string Message, SseText Stream) AssertBrokenOff(string body, string code = "upstream_error")
    {
        var stream = SseText.Parse(body);
        Assert.False(stream.EndsWithinEvent, body);
        Assert.DoesNotContain("[DONE]", stream.Data);
        return (AssertError(stream.Json[^1], code, "upstream_error"), stream);
    }

    public static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;

    /// <summary>Waits until the gateway says that no request is in flight any more, in all and at each backend.</summary>
    public static async Task WaitUntilIdleAsync(TestGateway gateway)
    {
        var metrics = gateway.Get<Penstock.Telemetry.GatewayMetrics>();
        await Patience.UntilAsync(
            () => metrics.InFlight == 0 && metrics.BackendsInFlight.All(b => b.Count == 0), "no request in flight");
        using var json = JsonDocument.Parse(await gateway.Client.GetStringAsync("/metrics"));
        Assert.Equal(0, json.RootElement.GetProperty("in_flight").GetInt64());
    }

    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        502 or 503 or 504 => "upstream_error",
        _ => "invalid_request_error",
    };
}
