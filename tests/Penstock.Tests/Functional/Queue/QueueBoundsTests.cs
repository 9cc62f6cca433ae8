using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Queue;

/// <summary>Who does not get a seat, and how that is said.</summary>
public sealed class QueueBoundsTests : QueueTest
{
    [Theory]
    [InlineData("queue: { max_requests: 1 }", "")]
    [InlineData("", "queue: { max_requests: 1 }")]
    [InlineData("queue: { max_requests: 1 }", "queue: { max_requests: 1000 }")]
    [InlineData("queue: { max_bytes: 100 }", "")]
    public async Task LineIsFull_Is429WithRetryAfter(string model, string root)
    {
        await using var gateway = await StartAsync(model, root);
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second");

        using var third = await gateway.ChatAsync("third");
        Server.Release();

        await AssertRefusedAsync(third, HttpStatusCode.TooManyRequests, "queue_full");
        Assert.Equal("0", Answers.HeaderOf(third, "X-Queue-Ms"));
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        Assert.Equal(1, (await MetricsAsync(gateway)).Value("penstock_queue_refused_total", ("pool", "m"), ("priority", "normal"), ("reason", "full")));
        await AssertIdleAsync(gateway);
    }

    [Theory]
    [InlineData("queue: { timeout: 0.3 }", null)]
    [InlineData("", "0.3")]
    [InlineData("queue: { timeout: 60 }", "0.3")]
    public async Task TimeIsOver_Is503WithRetryAfter(string model, string? says)
    {
        await using var gateway = await StartAsync(model);
        var first = await OccupyAsync(gateway);

        using var second = await gateway.ChatAsync("second", says is null ? [] : [("X-Request-Timeout", says)]);
        Server.Release();

        await AssertRefusedAsync(second, HttpStatusCode.ServiceUnavailable, "queue_timeout");
        Assert.InRange(int.Parse(Answers.HeaderOf(second, "X-Queue-Ms")!, CultureInfo.InvariantCulture), 300, 60_000);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Single(Server.Requests);
        Assert.Equal(1, (await MetricsAsync(gateway)).Value("penstock_queue_refused_total", ("pool", "m"), ("priority", "normal"), ("reason", "timeout")));
        await AssertIdleAsync(gateway);
    }

    [Fact]
    public async Task RequestTimeout_LongerThanTheLines_Counts()
    {
        await using var gateway = await StartAsync("queue: { timeout: 0.01 }");
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second", ("X-Request-Timeout", "60"));
        // By then it would have been over long ago, were it the line's.
        using var other = await gateway.ChatAsync("other");
        Server.Release();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, other.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        Assert.All(Server.Requests, request => Assert.Null(request.Header("X-Request-Timeout")));
    }

    [Theory]
    [InlineData("X-Priority", "urgent")]
    [InlineData("X-Priority", "")]
    [InlineData("X-Request-Timeout", "soon")]
    [InlineData("X-Request-Timeout", "0")]
    [InlineData("X-Request-Timeout", "-1")]
    [InlineData("X-Request-Timeout", "1e3")]
    [InlineData("X-Request-Timeout", "86401")]
    [InlineData("X-Request-Timeout", "NaN")]
    public async Task Header_IsNotUnderstood_Is400(string name, string value)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync("x", (name, value));

        await Answers.AssertErrorAsync(response, 400, "invalid_value", backend: null, param: name);
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task NoLine_IsRefusedAtOnce()
    {
        await using var gateway = await StartAsync("queue: { max_requests: 0 }");
        var first = await OccupyAsync(gateway);

        using var second = await gateway.ChatAsync("second");
        Server.Release();

        await AssertRefusedAsync(second, HttpStatusCode.TooManyRequests, "queue_full");
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    // How fast the line moves is told by those of its calls that were answered: what a server refuses at once works nothing off.
    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.BadRequest)]
    public async Task RetryAfter_ACallOfTheLineHasEnded_IsByWhatCameOfIt(HttpStatusCode status)
    {
        await using var gateway = await StartAsync("queue: { max_requests: 1, timeout: 600 }");
        var first = await OccupyAsync(gateway);
        if (status != HttpStatusCode.OK) Server.Enqueue(Scripts.Error((int)status));
        var second = await StandInLineAsync(gateway, 1, "second");
        Server.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(status, (await second).StatusCode);
        await AssertIdleAsync(gateway);
        Server.CloseGate();
        Server.Enqueue(Scripts.OnceReleased(Scripts.Chat("hello")));
        var third = gateway.ChatAsync("third");
        await Server.WaitForRequestAsync(3);
        var fourth = await StandInLineAsync(gateway, 1, "fourth");

        // Where nobody knows it is as long as one may wait.
        if (status == HttpStatusCode.OK) await Patience.UntilAsync(() => RetryAfterAsync(gateway), seconds => seconds < 600, "the speed is known");
        else Assert.InRange(await RetryAfterAsync(gateway), 600, 720);
        Server.Release();
        Assert.Equal(HttpStatusCode.OK, (await third).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await fourth).StatusCode);
    }

    [Fact]
    public async Task Metrics_SomeHaveWaited_ShowHowMany()
    {
        await using var gateway = await StartAsync();
        var first = await OccupyAsync(gateway);
        var second = await StandInLineAsync(gateway, 1, "second");
        var during = await MetricsAsync(gateway);
        Server.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        var after = await MetricsAsync(gateway);

        (string, string)[] labels = [("pool", "m"), ("priority", "normal")];
        Assert.Empty(during.Lint());
        Assert.Equal(1, during.Value("penstock_queue_requests", labels));
        Assert.Equal(Server.Requests[1].Body.Length, during.Value("penstock_queue_bytes", labels));
        Assert.Equal((0, 0), (after.Value("penstock_queue_requests", labels), after.Value("penstock_queue_bytes", labels)));
        Assert.Equal(1, after.Value("penstock_queue_duration_seconds_count", labels));
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(response.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
    }

    private static async Task<double> RetryAfterAsync(TestGateway gateway)
    {
        using var refused = await gateway.ChatAsync("refused");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        return refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
    }

    private static async Task<PrometheusText> MetricsAsync(TestGateway gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain"));
        using var response = await gateway.Client.SendAsync(request);
        return PrometheusText.Parse(await response.Content.ReadAsStringAsync(), openMetrics: false);
    }
}
