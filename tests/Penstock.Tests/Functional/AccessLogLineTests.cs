using System.Text.Json;
using Penstock.Tests.Telemetry;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class AccessLogLineTests
{
    [Fact]
    public async Task Chat_Text_LogsOneLineWithItsFields()
    {
        await using var gateway = await TestGateway.StartAsync();
        var body = TestGateway.Chat("private words");
        using var response = await gateway.PostAsync("/v1/chat/completions", body, ("X-Request-ID", "r-1"));
        var answer = await response.Content.ReadAsByteArrayAsync();

        var line = await gateway.WaitForLogAsync("id=r-1 ");

        var pairs = TextLine.Pairs(line);
        Assert.Equal(
            ["id", "method", "path", "status", "model", "backend", "latency_ms", "prompt_tokens", "completion_tokens", "bytes_in", "bytes_out"],
            pairs.Select(p => p.Key));
        Assert.Equal(
            ["r-1", "POST", "/v1/chat/completions", "200", "m", "echo", "2", "3", $"{body.Length}", $"{answer.Length}"],
            pairs.Where(p => p.Key != "latency_ms").Select(p => p.Value));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info access id=r-1 ", line);
        Assert.Single(gateway.Log.Split('\n'), l => l.Contains("id=r-1 ", StringComparison.Ordinal));
        Assert.DoesNotContain("private words", gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_Json_LogsTimeToFirstToken()
    {
        await using var gateway = await TestGateway.StartAsync("log: { format: json }");
        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("two words", ",\"stream\":true"), ("X-Request-ID", "r-2"));
        var answer = await response.Content.ReadAsByteArrayAsync();

        var json = AnswerAssertions.Parse(await gateway.WaitForLogAsync("\"id\":\"r-2\""));

        Assert.Equal(
            ["time", "level", "event", "id", "method", "path", "status", "model", "backend", "latency_ms", "ttft_ms", "prompt_tokens", "completion_tokens", "bytes_in", "bytes_out"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(3, json.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(answer.Length, json.GetProperty("bytes_out").GetInt32());
        Assert.True(json.GetProperty("latency_ms").GetDouble() >= json.GetProperty("ttft_ms").GetDouble());
    }

    [Theory]
    [InlineData("POST", "/v1/chat/completions", "415", "unsupported_media_type")]
    [InlineData("GET", "/nowhere", "404", "not_found")]
    [InlineData("DELETE", "/v1/models", "405", "method_not_allowed")]
    public async Task Send_Error_LogsItsCode(string method, string path, string status, string code)
    {
        await using var gateway = await TestGateway.StartAsync();
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("X-Request-ID", "r-3");
        using var response = await gateway.Client.SendAsync(request);

        var pairs = TextLine.Pairs(await gateway.WaitForLogAsync("id=r-3 "));

        Assert.Contains(new("status", status), pairs);
        Assert.Contains(new("error", code), pairs);
        Assert.Contains(new("method", method), pairs);
        Assert.Contains(new("path", path), pairs);
    }

    [Fact]
    public async Task Chat_NastyValues_StayInTheirFields()
    {
        await using var gateway = await TestGateway.StartAsync();
        const string Id = "r-4\"status=200";
        var path = "/v1/nowhere%0A2026-01-01T00:00:00.000Z%20info%20access%20status=200";
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("X-Request-ID", Id);
        using var response = await gateway.Client.SendAsync(request);
        using var chat = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x").Replace("\"m\"", "\"a\\n b=c \\\"d\\\"\"", StringComparison.Ordinal), ("X-Request-ID", "r-5"));

        var pairs = TextLine.Pairs(await gateway.WaitForLogAsync("id=\"r-4"));
        var chatPairs = TextLine.Pairs(await gateway.WaitForLogAsync("id=r-5 "));

        Assert.Equal(Id, pairs.Single(p => p.Key == "id").Value);
        Assert.Equal(Uri.UnescapeDataString(path), pairs.Single(p => p.Key == "path").Value);
        Assert.Equal("404", pairs.Single(p => p.Key == "status").Value);
        Assert.Equal("a\n b=c \"d\"", chatPairs.Single(p => p.Key == "model").Value);
    }

    [Theory]
    [InlineData("warning")]
    [InlineData("none")]
    public async Task Chat_QuietLog_LogsNothing(string level)
    {
        await using var gateway = await TestGateway.StartAsync($"log: {{ level: {level} }}");
        using var response = await gateway.ChatAsync();
        using var other = await gateway.Client.GetAsync("/healthz");

        Assert.Equal("", gateway.Log);
    }

    [Fact]
    public async Task Stop_WithLinesLeft_WritesThem()
    {
        var gateway = await TestGateway.StartAsync("log: { format: json }");
        for (var i = 0; i < 50; i++)
        {
            using var response = await gateway.ChatAsync("x", ("X-Request-ID", $"r-{i}"));
        }

        await gateway.DisposeAsync();

        var lines = gateway.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<JsonElement>(l)).ToList();
        Assert.Equal(50, lines.Count(l => l.TryGetProperty("event", out var e) && e.GetString() == "access"));
    }
}
