using System.Net;
using System.Text;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>SIGTERM: what is under way ends well, what comes is told to go elsewhere.</summary>
public sealed class DrainTests
{
    [UnixFact]
    public async Task Terminate_Idle_Exits0()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving());
        using (await gateway.Client.GetAsync("/healthz"))
        {
        }

        gateway.Terminate();

        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Empty(gateway.Errors);
    }

    [UnixFact]
    public async Task Terminate_StreamInFlight_ItFinishesAndNothingNewBegins()
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.PauseAfter(1, "one two three"));
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(variables: ("BACKEND_URL", upstream.Url)));
        using var stream = await OpenStream.ChatAsync(gateway.Client);
        await stream.ReadToAsync("one");

        gateway.Terminate();
        await gateway.WaitForLineAsync("Stopping");
        using var health = await gateway.Client.GetAsync("/healthz");
        using var ready = await gateway.Client.GetAsync("/readyz");
        using var late = await PostAsync(gateway);
        var error = JsonSerializer.Deserialize<JsonElement>(await late.Content.ReadAsStringAsync()).GetProperty("error");
        upstream.Release();
        var events = await stream.ReadToEndAsync();
        var code = await gateway.WaitForExitAsync();

        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.StatusCode);
        Assert.Equal("shutting_down", error.GetProperty("code").GetString());
        Assert.Equal(TimeSpan.FromSeconds(1), late.Headers.RetryAfter?.Delta);
        Assert.True(late.Headers.Contains("X-Request-ID"));
        Assert.Equal("one two three", events.Content);
        Assert.True(events.IsDone);
        Assert.Equal(0, code);
        Assert.Single(upstream.Requests);
        Assert.Contains(gateway.Lines, line => line.Contains("status=200", StringComparison.Ordinal) && line.Contains("completion_tokens=3", StringComparison.Ordinal));
    }

    [UnixFact]
    public async Task Terminate_DrainTakesTooLong_StreamEndsInAnErrorAndExits0()
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.PauseAfter(1, "one two three"));
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(
            $"server: {{ drain_timeout: 0.2 }}\nbackends: [{{ name: m, url: '{upstream.Url}' }}]\n"));
        using var stream = await OpenStream.ChatAsync(gateway.Client);
        await stream.ReadToAsync("one");

        gateway.Terminate();
        var events = await stream.ReadToEndAsync();
        var code = await gateway.WaitForExitAsync();

        Assert.DoesNotContain("[DONE]", events.Data);
        Assert.Equal("shutting_down", events.Json[^1].GetProperty("error").GetProperty("code").GetString());
        Assert.False(events.EndsWithinEvent);
        Assert.Equal(0, code);
        await upstream.WaitForAbortedAsync();
        Assert.Contains("error=shutting_down", gateway.Output, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Terminate_DrainTakesTooLong_WaitingCallGets503()
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.NeverAnswers());
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(
            $"server: {{ drain_timeout: 0.2 }}\nbackends: [{{ name: m, url: '{upstream.Url}' }}]\n"));
        var asking = PostAsync(gateway);
        await upstream.WaitForRequestAsync();

        gateway.Terminate();
        using var answer = await asking;
        var code = await gateway.WaitForExitAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("shutting_down", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayProcess gateway) => gateway.Client.PostAsync(
        "/v1/chat/completions", new StringContent("""{"model":"m","messages":[{"role":"user","content":"x"}]}""", Encoding.UTF8, "application/json"));
}
