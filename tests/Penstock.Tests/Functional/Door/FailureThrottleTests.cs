using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Admission;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Door;

/// <summary>Who guesses keys is answered 429 after a while; who has one and sits beside it is not.</summary>
public sealed class FailureThrottleTests
{
    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/admin/backends")]
    public async Task Guesses_BeyondTheAllowed_Are429UntilTheMinuteIsOver(string path)
    {
        var time = new ManualTime();
        await using var gateway = await StartAsync(time);
        for (var i = 0; i < FailedLogins.Allowed; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            using var early = await GetAsync(gateway, path, $"guess-{i}");
            Assert.Equal(HttpStatusCode.Unauthorized, early.StatusCode);
        }

        using var late = await GetAsync(gateway, path, "guess");
        using var missing = await GetAsync(gateway, path, null);
        await late.AssertErrorAsync(429, "rate_limit_exceeded", type: "rate_limit_error");
        // The minute began with the first one, 29 s ago.
        Assert.Equal("31", Answers.HeaderOf(late, "Retry-After"));
        Assert.Equal(HttpStatusCode.TooManyRequests, missing.StatusCode);
        Assert.Empty(late.Headers.WwwAuthenticate);

        time.Advance(TimeSpan.FromSeconds(31));
        using var again = await GetAsync(gateway, path, "guess");
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [Fact]
    public async Task Callers_BesideOneWhoGuesses_AreAnswered()
    {
        await using var gateway = await StartAsync(new ManualTime());
        for (var i = 0; i <= FailedLogins.Allowed; i++) (await GetAsync(gateway, "/v1/models", "guess")).Dispose();

        using var caller = await GetAsync(gateway, "/v1/models", "caller-sekret");
        using var administrator = await GetAsync(gateway, "/admin/backends", "admin-sekret");
        using var health = await GetAsync(gateway, "/healthz", null);

        Assert.All((HttpResponseMessage[])[caller, administrator, health], r => Assert.Equal(HttpStatusCode.OK, r.StatusCode));
    }

    // A guess at one door is a guess at the other.
    [Fact]
    public async Task Doors_ShareTheCountAndTheLogSaysItOnce()
    {
        await using var gateway = await StartAsync(new ManualTime());
        for (var i = 0; i < FailedLogins.Allowed; i++)
            (await GetAsync(gateway, i % 2 == 0 ? "/v1/models" : "/admin/backends", "guess")).Dispose();

        for (var i = 0; i < 5; i++)
        {
            using var late = await GetAsync(gateway, "/v1/chat/completions", "guess", HttpMethod.Post);
            Assert.Equal(HttpStatusCode.TooManyRequests, late.StatusCode);
        }

        await gateway.WaitForLogAsync("127.0.0.1 failed to authenticate more than 30 times");
        Assert.Single(gateway.Log.Split('\n'), line => line.Contains("failed to authenticate", StringComparison.Ordinal));
    }

    private static Task<TestGateway> StartAsync(ManualTime time) => TestGateway.StartAsync(
        "server:\n  api_key: caller-sekret\n  admin_key: admin-sekret", configure: services => services.AddSingleton(new FailedLogins(time)));

    private static async Task<HttpResponseMessage> GetAsync(TestGateway gateway, string path, string? key, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        if (key is not null) request.Headers.Authorization = new("Bearer", key);
        return await gateway.Client.SendAsync(request);
    }
}
