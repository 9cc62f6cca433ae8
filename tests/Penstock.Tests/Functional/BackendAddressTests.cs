using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>A backend's address, as people write it, and the connections to it.</summary>
public sealed class BackendAddressTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("/", "")]
    [InlineData("/v1", "")]
    [InlineData("/v1/", "")]
    [InlineData("/api", "/api")]
    [InlineData("/api/", "/api")]
    [InlineData("/a/b/v1/", "/a/b")]
    [InlineData("/v1beta", "/v1beta")]
    public async Task Url_WithOrWithoutPrefixSlashAndV1_LeadsToTheApi(string suffix, string prefix)
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var gateway = await TestGateway.StartAsync($"""
            default_backend: remote
            backends:
              - name: remote
                url: {upstream.Url}{suffix}
            """);

        using var response = await gateway.PostAsync("/v1/chat/completions?q=1", TestGateway.Chat("x"));
        using var models = await gateway.Client.GetAsync("/v1/models");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"{prefix}/v1/chat/completions?q=1", (await upstream.WaitForRequestAsync()).Target);
        Assert.Equal($"{prefix}/v1/models", (await upstream.WaitForGetAsync()).Target);
    }

    [Fact]
    public async Task BackendUrl_FromTheEnvironment_IsTheDefault()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var gateway = await TestGateway.StartAsync(null, new Dictionary<string, string> { ["BACKEND_URL"] = upstream.Url + "/v1/" });

        using var response = await gateway.ChatAsync();

        Assert.Equal("backend", Answers.HeaderOf(response, "X-Backend"));
        Assert.Equal("/v1/chat/completions", (await upstream.WaitForRequestAsync()).Target);
    }

    [Fact]
    public async Task Connections_AreKeptAlive_AfterWholeAnswersStreamsAndErrors()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url), "retry: { attempts: 1 }");

        for (var i = 0; i < 2; i++)
        {
            (await gateway.ChatAsync()).Dispose();
            (await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"))).Dispose();
            // The gateway reads a stream to its end after its caller has got it.
            await Answers.WaitUntilIdleAsync(gateway);
            upstream.Enqueue(Scripts.Error(429), Scripts.Error(500));
            (await gateway.ChatAsync()).Dispose();
            (await gateway.ChatAsync()).Dispose();
            await Answers.WaitUntilIdleAsync(gateway);
        }

        Assert.Equal(8, upstream.Requests.Count);
        Assert.Single(upstream.Requests.Select(r => r.ConnectionNumber).Distinct());
    }

    [Fact]
    public async Task Connection_ClosedByTheUpstreamWhileIdle_IsNotedBeforeTheNextRequest()
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.ThenClose(Scripts.Chat("Hello")));
        await using var gateway = await TestGateway.InFrontOfAsync(new Uri(upstream.Url));

        for (var i = 0; i < 5; i++)
        {
            using var response = await gateway.ChatAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await upstream.WaitForOpenConnectionsAsync(0);
        }

        Assert.Equal(5, upstream.Requests.Count);
    }
}
