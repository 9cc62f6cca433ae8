using System.Net;
using System.Text.Json;
using Penstock.Accounting.Ledger;
using Penstock.Storage;
using Penstock.Tests.Accounting.Ledger;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary><c>/admin/usage</c> and <c>/v1/usage</c>: what calls leave behind, and who may see it.</summary>
public sealed class UsageTests
{
    private const string Yaml = """
        store: sqlite:penstock.db
        server: { admin_key: admin-sekret, api_key: sekret }
        """;

    private const string Caller = "Bearer sekret";
    private const string Admin = "Bearer admin-sekret";

    [Fact]
    public async Task Usage_AfterCalls_HasEachOfThemOnce()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        for (var i = 0; i < 3; i++) (await ChatAsync(gateway, "one two three")).Dispose();
        (await ChatAsync(gateway, "a", ",\"stream\":true")).Dispose();
        (await gateway.PostAsync("/v1/chat/completions", "{}", ("Authorization", Caller))).Dispose();
        (await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("stranger"))).Dispose();
        (await GetAsync(gateway, "/v1/models", Caller)).Dispose();

        var usage = await WaitForAsync(gateway, requests: 5);

        // The one that was refused at the door is nobody's; listing models uses nothing.
        var row = Assert.Single(usage.GetProperty("data").EnumerateArray());
        Assert.Equal(("api-key", 5, 1), (row.Text("caller"), row.GetProperty("requests").GetInt32(), row.GetProperty("errors").GetInt32()));
        Assert.True(row.GetProperty("prompt_tokens").GetInt64() > 0);
        Assert.True(row.GetProperty("completion_tokens").GetInt64() > 0);
        Assert.Equal(0, row.GetProperty("cost_usd").GetDecimal());
        Assert.Equal(["caller"], usage.GetProperty("group_by").EnumerateArray().Select(g => g.GetString()));
        Assert.Equal(row.GetProperty("requests").GetInt32(), usage.GetProperty("total").GetProperty("requests").GetInt32());
    }

    [Fact]
    public async Task Usage_OfOthers_IsNotTheCallersToSee()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        var now = TimeProvider.System.GetUtcNow();
        UsageRecord[] records = [.. UsageRecords.Some(20, seed: 1).Select((r, i) => r with { Time = now.AddMinutes(-i), Caller = i < 15 ? "other" : "api-key" })];
        await WriteAsync(gateway, records);

        using var own = await GetAsync(gateway, "/v1/usage?group_by=caller", Caller);
        using var tried = await GetAsync(gateway, "/v1/usage?group_by=caller&caller=other", Caller);
        using var all = await GetAsync(gateway, "/admin/usage?group_by=caller", Admin);

        Assert.Equal(["api-key"], (await own.JsonAsync()).GetProperty("data").EnumerateArray().Select(r => r.Text("caller")));
        await tried.AssertErrorAsync(400, "invalid_value", "caller");
        Assert.Equal(["api-key", "other"], (await all.JsonAsync()).GetProperty("data").EnumerateArray().Select(r => r.Text("caller")));
    }

    [Fact]
    public async Task Usage_OfATime_IsExact()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        var records = UsageRecords.Some(200, seed: 1);
        await WriteAsync(gateway, records);
        var (from, to) = (UsageRecords.Start.AddHours(3.3), UsageRecords.Start.AddHours(41.7));

        using var response = await GetAsync(gateway, $"/admin/usage?from={from:yyyy-MM-ddTHH:mm:ss}Z&to={to:yyyy-MM-ddTHH:mm:ss}Z&group_by=", Admin);

        var usage = await response.JsonAsync();
        var row = Assert.Single(usage.GetProperty("data").EnumerateArray());
        var expected = records.Where(r => r.Time >= from && r.Time < to).ToArray();
        Assert.Equal(expected.Length, row.GetProperty("requests").GetInt32());
        Assert.Equal(UsageRow.CostOf(expected.Sum(r => r.CostPico)), row.GetProperty("cost_usd").GetDecimal());
    }

    [Fact]
    public async Task Usage_AsCsv_IsATable()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);
        await WriteAsync(gateway, [UsageRecords.One() with { Time = UsageRecords.Start, Caller = "=1+1", CostPico = 5, Error = null }]);

        using var response = await GetAsync(gateway, "/admin/usage?from=2026-11-20&to=2026-11-21&group_by=day,caller&format=csv", Admin);

        Assert.Equal("text/csv; charset=utf-8; header=present", response.Content.Headers.ContentType?.ToString());
        var lines = (await response.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.Equal("day,caller,requests,errors,prompt_tokens,cached_tokens,completion_tokens,reasoning_tokens,cost_usd", lines[0]);
        Assert.StartsWith("2026-11-20,\"'=1+1\",1,0,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",0.000000000005", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("to=2026-13-01", "to")]
    [InlineData("from=2026-11-02&to=2026-11-01", "from")]
    [InlineData("group_by=caller,price", "group_by")]
    [InlineData("format=xml", "format")]
    [InlineData("form=2026-11-01", "form")]
    [InlineData("from=2026-11-01&from=2026-11-02", "from")]
    public async Task Usage_WrongQuestion_Is400(string query, string param)
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        using var response = await GetAsync(gateway, "/admin/usage?" + query, Admin);

        await response.AssertErrorAsync(400, "invalid_value", param);
    }

    [Fact]
    public async Task Usage_WithoutAStore_Is404_ThatSaysSo()
    {
        await using var gateway = await TestGateway.StartAsync("server: { admin_key: admin-sekret }");

        using var all = await GetAsync(gateway, "/admin/usage", Admin);
        using var own = await GetAsync(gateway, "/v1/usage", null);

        await all.AssertErrorAsync(409, "no_store");
        await own.AssertErrorAsync(409, "no_store");
    }

    [Fact]
    public async Task Usage_StoreIsDown_Is503_AndCallsGoOn()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml.Replace("penstock.db", "nowhere/penstock.db", StringComparison.Ordinal));

        using var usage = await GetAsync(gateway, "/admin/usage", Admin);
        using var chat = await ChatAsync(gateway, "hello");

        await usage.AssertErrorAsync(503, "store_unavailable", type: "server_error");
        Assert.Equal(TimeSpan.FromSeconds(5), usage.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, chat.StatusCode);
        await gateway.WaitForLogAsync("cannot be used");
    }

    [Fact]
    public async Task Usage_WithoutAKey_IsRefused()
    {
        await using var gateway = await TestGateway.StartAsync(Yaml);

        using var all = await GetAsync(gateway, "/admin/usage", Caller);
        using var own = await GetAsync(gateway, "/v1/usage", null);

        await all.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error");
        await own.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error");
    }

    private static Task<HttpResponseMessage> ChatAsync(TestGateway gateway, string content, string more = "") =>
        gateway.PostAsync("/v1/chat/completions", TestGateway.Chat(content, more), ("Authorization", Caller));

    private static Task<HttpResponseMessage> GetAsync(TestGateway gateway, string path, string? credential)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (credential is not null) request.Headers.TryAddWithoutValidation("Authorization", credential);
        return gateway.Client.SendAsync(request);
    }

    private static async Task<JsonElement> WaitForAsync(TestGateway gateway, int requests)
    {
        for (var deadline = Environment.TickCount64 + (long)Patience.Default.TotalMilliseconds; ; await Task.Delay(20))
        {
            using var response = await GetAsync(gateway, "/admin/usage?group_by=caller", Admin);
            var usage = await response.JsonAsync();
            if (usage.GetProperty("total").GetProperty("requests").GetInt32() >= requests) return usage;
            Assert.True(Environment.TickCount64 < deadline, usage.ToString());
        }
    }

    private static async Task WriteAsync(TestGateway gateway, UsageRecord[] records)
    {
        var store = gateway.Get<Store>();
        var answer = await store.RunAsync(
            (connection, token) => UsageTable.Of(store.Database.Dialect).WriteAsync(connection, records, token), Patience.Default);
        Assert.True(answer.IsDone, answer.Message);
    }
}
