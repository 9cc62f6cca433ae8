using System.Net;
using System.Text.Json;
using Xunit;

namespace Penstock.Tests.Functional;

public sealed class EchoTests
{
    [Fact]
    public async Task Echo_Hello_AnswersWithPrefixAndCountsWords()
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await gateway.ChatAsync("hello");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var choice = json.RootElement.GetProperty("choices")[0];
        Assert.Equal("Echo: hello", choice.GetProperty("message").GetProperty("content").GetString());
        var usage = json.RootElement.GetProperty("usage");
        Assert.Equal(1, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(2, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(3, usage.GetProperty("total_tokens").GetInt32());
        Assert.Equal("echo", json.RootElement.GetProperty("backend").GetString());
    }
}
