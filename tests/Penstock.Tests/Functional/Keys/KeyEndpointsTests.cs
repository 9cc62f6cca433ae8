using System.Net;
using Xunit;

namespace Penstock.Tests.Functional.Keys;

/// <summary><c>/admin/keys</c> from making a key to its end.</summary>
public sealed class KeyEndpointsTests
{
    private const string Full = """
        {"name":"search","models":["m","qwen-*"],"expires":"2099-01-01","limits":"standard","budget":{"usd":50.25,"per":"month"},"priority":"batch","labels":{"team":"search"}}
        """;

    [Fact]
    public async Task Create_Key_IsShownOnceAndGoodAtOnce()
    {
        await using var gateway = await KeyAdmin.StartAsync();

        using var response = await KeyAdmin.SendAsync(gateway, "POST", "/admin/keys", Full);
        var made = await response.JsonAsync(HttpStatusCode.Created);
        var key = made.Text("key")!;
        var shown = await KeyAdmin.DoAsync(gateway, "GET", $"/admin/keys/{made.Text("id")}");
        var listed = await KeyAdmin.DoAsync(gateway, "GET", "/admin/keys");

        Assert.Matches("^pk-[A-Za-z0-9_-]{43}$", key);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.Equal(
            ["id", "object", "name", "prefix", "status", "models", "expires", "limits", "budget", "priority", "labels", "created", "revoked", "previous_key_until"],
            shown.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("key", "search", $"{key[..7]}…", "active"), (shown.Text("object"), shown.Text("name"), shown.Text("prefix"), shown.Text("status")));
        Assert.Equal(("2099-01-01T00:00:00Z", "standard", "batch"), (shown.Text("expires"), shown.Text("limits"), shown.Text("priority")));
        Assert.Equal("""{"usd":50.25,"per":"month"}""", shown.GetProperty("budget").GetRawText());
        Assert.Equal("""{"team":"search"}""", shown.GetProperty("labels").GetRawText());
        Assert.Equal(shown.GetRawText(), Assert.Single(listed.GetProperty("data").EnumerateArray()).GetRawText());
        Assert.Equal(("200", "200", "403"), (
            await KeyAdmin.CallAsync(gateway, key), await KeyAdmin.CallAsync(gateway, key, "qwen-7b"), await KeyAdmin.CallAsync(gateway, key, "other")));
        await gateway.WaitForLogAsync("path=/v1/chat/completions status=403");
        Assert.DoesNotContain(key, gateway.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("sha256:", $"{shown}{listed}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_Members_AreSetAndNullRemoves()
    {
        await using var gateway = await KeyAdmin.StartAsync();
        var (id, key) = await KeyAdmin.CreateAsync(gateway, Full);

        var changed = await KeyAdmin.DoAsync(gateway, "PATCH", $"/admin/keys/{id}", """{"models":null,"budget":null,"priority":"high"}""");

        Assert.Equal("[]", changed.GetProperty("models").GetRawText());
        Assert.Equal("null", changed.GetProperty("budget").GetRawText());
        Assert.Equal(("high", "standard", "2099-01-01T00:00:00Z"), (changed.Text("priority"), changed.Text("limits"), changed.Text("expires")));
        Assert.False(changed.TryGetProperty("key", out _));
        Assert.Equal("200", await KeyAdmin.CallAsync(gateway, key, "other"));

        await KeyAdmin.DoAsync(gateway, "PATCH", $"/admin/keys/{id}", """{"expires":"2020-01-01T00:00:00+01:00"}""");
        Assert.Equal("401 expired", await KeyAdmin.CallAsync(gateway, key));
    }

    [Fact]
    public async Task Rotate_Key_BothAreGoodUntilTheGraceEnds()
    {
        await using var gateway = await KeyAdmin.StartAsync();
        var (id, first) = await KeyAdmin.CreateAsync(gateway, """{"name":"a"}""");

        var second = await KeyAdmin.DoAsync(gateway, "POST", $"/admin/keys/{id}/rotate");
        Assert.Equal(("200", "200"), (await KeyAdmin.CallAsync(gateway, first), await KeyAdmin.CallAsync(gateway, second.Text("key")!)));
        Assert.Equal(id, second.Text("id"));
        Assert.InRange(
            DateTimeOffset.Parse(second.Text("previous_key_until")!, null) - DateTimeOffset.Parse(second.Text("created")!, null), TimeSpan.FromHours(24), TimeSpan.FromHours(25));

        var third = await KeyAdmin.DoAsync(gateway, "POST", $"/admin/keys/{id}/rotate", """{"grace_seconds":0}""");
        Assert.Equal(("200", "401 expired", "200"), (
            await KeyAdmin.CallAsync(gateway, first), await KeyAdmin.CallAsync(gateway, second.Text("key")!), await KeyAdmin.CallAsync(gateway, third.Text("key")!)));
        foreach (var key in (string?[])[first, second.Text("key"), third.Text("key")]) Assert.DoesNotContain(key!, gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoke_Key_Is401AndListedWithTheRevokedOnly()
    {
        await using var gateway = await KeyAdmin.StartAsync();
        var (id, key) = await KeyAdmin.CreateAsync(gateway, """{"name":"a"}""");

        var revoked = await KeyAdmin.DoAsync(gateway, "DELETE", $"/admin/keys/{id}");
        var again = await KeyAdmin.DoAsync(gateway, "DELETE", $"/admin/keys/{id}");

        Assert.Equal("401 revoked", await KeyAdmin.CallAsync(gateway, key));
        Assert.Equal("revoked", revoked.Text("status"));
        Assert.Equal(revoked.GetRawText(), again.GetRawText());
        Assert.Equal(0, (await KeyAdmin.DoAsync(gateway, "GET", "/admin/keys")).GetProperty("data").GetArrayLength());
        Assert.Equal(1, (await KeyAdmin.DoAsync(gateway, "GET", "/admin/keys?revoked=true")).GetProperty("data").GetArrayLength());
        using var changed = await KeyAdmin.SendAsync(gateway, "PATCH", $"/admin/keys/{id}", "{}");
        using var rotated = await KeyAdmin.SendAsync(gateway, "POST", $"/admin/keys/{id}/rotate");
        await changed.AssertErrorAsync(409, "key_revoked");
        await rotated.AssertErrorAsync(409, "key_revoked");
        // Its name is free again.
        await KeyAdmin.CreateAsync(gateway, """{"name":"a"}""");
    }

    [Fact]
    public async Task Create_NameIsTaken_Is409()
    {
        await using var gateway = await KeyAdmin.StartAsync();
        await KeyAdmin.CreateAsync(gateway, """{"name":"a"}""");

        using var response = await KeyAdmin.SendAsync(gateway, "POST", "/admin/keys", """{"name":"a"}""");

        await response.AssertErrorAsync(409, "name_taken", "name");
    }

    [Theory]
    [InlineData("""{"name":"a","nmae":1}""", "invalid_value", "nmae")]
    [InlineData("""{"models":["m"]}""", "missing_required_parameter", "name")]
    [InlineData("""{"name":7}""", "invalid_type", "name")]
    [InlineData("""{"name":""}""", "invalid_value", "name")]
    [InlineData("""{"name":"a\nb"}""", "invalid_value", "name")]
    [InlineData("""{"name":"file"}""", "invalid_value", "name")]
    [InlineData("""{"name":"anonymous"}""", "invalid_value", "name")]
    [InlineData("""{"name":"a","models":"m"}""", "invalid_type", "models")]
    [InlineData("""{"name":"a","models":["m",1]}""", "invalid_type", "models[1]")]
    [InlineData("""{"name":"a","models":["m","m"]}""", "invalid_value", "models")]
    [InlineData("""{"name":"a","models":[""]}""", "invalid_value", "models")]
    [InlineData("""{"name":"a","expires":"soon"}""", "invalid_value", "expires")]
    [InlineData("""{"name":"a","expires":1}""", "invalid_type", "expires")]
    [InlineData("""{"name":"a","expires":"2020-01-01"}""", "invalid_value", "expires")]
    [InlineData("""{"name":"a","limits":"standrad"}""", "invalid_value", "limits")]
    [InlineData("""{"name":"a","budget":50}""", "invalid_type", "budget")]
    [InlineData("""{"name":"a","budget":{"usd":50}}""", "missing_required_parameter", "budget.per")]
    [InlineData("""{"name":"a","budget":{"usd":"50","per":"month"}}""", "invalid_type", "budget.usd")]
    [InlineData("""{"name":"a","budget":{"usd":0,"per":"month"}}""", "invalid_value", "budget.usd")]
    [InlineData("""{"name":"a","budget":{"usd":1e99,"per":"month"}}""", "invalid_value", "budget.usd")]
    [InlineData("""{"name":"a","budget":{"usd":1,"per":"year"}}""", "invalid_value", "budget.per")]
    [InlineData("""{"name":"a","budget":{"usd":1,"per":"day","x":1}}""", "invalid_value", "budget.x")]
    [InlineData("""{"name":"a","priority":"urgent"}""", "invalid_value", "priority")]
    [InlineData("""{"name":"a","labels":["x"]}""", "invalid_type", "labels")]
    [InlineData("""{"name":"a","labels":{"x":1}}""", "invalid_type", "labels.x")]
    [InlineData("""{"name":"a","labels":{"x":"1","X":"2"}}""", "invalid_value", "labels.X")]
    [InlineData("""{"name":"a","name":"b"}""", "invalid_json", null)]
    [InlineData("""{"name":"a\ud800"}""", "invalid_json", null)]
    [InlineData("""{"name":"a","labels":{"\ud800":""}}""", "invalid_json", null)]
    [InlineData("""["a"]""", "invalid_json", null)]
    [InlineData("{", "invalid_json", null)]
    [InlineData("", "invalid_json", null)]
    public async Task Create_BadBody_Is400NamingTheField(string body, string code, string? param)
    {
        await using var gateway = await KeyAdmin.StartAsync();

        using var response = await KeyAdmin.SendAsync(gateway, "POST", "/admin/keys", body);

        await response.AssertErrorAsync(400, code, param);
        Assert.Equal(0, (await KeyAdmin.DoAsync(gateway, "GET", "/admin/keys")).GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("PATCH", "", """{"name":"b"}""", "name")]
    [InlineData("PATCH", "", """{"limits":"gone"}""", "limits")]
    [InlineData("POST", "/rotate", """{"grace_seconds":-1}""", "grace_seconds")]
    [InlineData("POST", "/rotate", """{"grace_seconds":1.5}""", "grace_seconds")]
    [InlineData("POST", "/rotate", """{"grace":1}""", "grace")]
    public async Task Change_BadBody_Is400AndChangesNothing(string method, string path, string body, string param)
    {
        await using var gateway = await KeyAdmin.StartAsync();
        var (id, _) = await KeyAdmin.CreateAsync(gateway, Full);
        var before = await KeyAdmin.DoAsync(gateway, "GET", $"/admin/keys/{id}");

        using var response = await KeyAdmin.SendAsync(gateway, method, $"/admin/keys/{id}{path}", body);

        await response.AssertErrorAsync(400, "invalid_value", param);
        Assert.Equal(before.GetRawText(), (await KeyAdmin.DoAsync(gateway, "GET", $"/admin/keys/{id}")).GetRawText());
    }

    [Theory]
    [InlineData("GET", "/admin/keys/key_none")]
    [InlineData("PATCH", "/admin/keys/key_none")]
    [InlineData("DELETE", "/admin/keys/key_none")]
    [InlineData("POST", "/admin/keys/key_none/rotate")]
    public async Task Key_Unknown_Is404(string method, string path)
    {
        await using var gateway = await KeyAdmin.StartAsync();

        using var response = await KeyAdmin.SendAsync(gateway, method, path, method == "PATCH" ? "{}" : null);

        await response.AssertErrorAsync(404, "not_found");
    }

    [Theory]
    [InlineData("GET", "/admin/keys", null)]
    [InlineData("POST", "/admin/keys", """{"name":"a"}""")]
    [InlineData("GET", "/admin/keys/x", null)]
    [InlineData("PATCH", "/admin/keys/x", "{}")]
    [InlineData("DELETE", "/admin/keys/x", null)]
    [InlineData("POST", "/admin/keys/x/rotate", null)]
    public async Task Keys_WithoutAStore_Are409(string method, string path, string? body)
    {
        await using var gateway = await KeyAdmin.StartAsync(store: null);

        using var response = await KeyAdmin.SendAsync(gateway, method, path, body);

        Assert.Contains("no store is configured", await response.AssertErrorAsync(409, "no_store"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "/admin/keys", "GET, HEAD, POST")]
    [InlineData("POST", "/admin/keys/x", "GET, HEAD, PATCH, DELETE")]
    [InlineData("GET", "/admin/keys/x/rotate", "POST")]
    public async Task Keys_WrongMethod_Is405WithAllow(string method, string path, string allow)
    {
        await using var gateway = await KeyAdmin.StartAsync();

        using var response = await KeyAdmin.SendAsync(gateway, method, path);

        await response.AssertErrorAsync(405, "method_not_allowed");
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
    }

    [Fact]
    public async Task Keys_WithACallersKey_Are401()
    {
        await using var gateway = await KeyAdmin.StartAsync();
        var (id, key) = await KeyAdmin.CreateAsync(gateway, """{"name":"a"}""");

        foreach (var (method, path) in ((string, string)[])[("GET", "/admin/keys"), ("DELETE", $"/admin/keys/{id}"), ("POST", $"/admin/keys/{id}/rotate")])
        {
            foreach (var wrong in (string?[])[key, "key-of-file", null])
            {
                using var response = await KeyAdmin.SendAsync(gateway, method, path, key: wrong);
                await response.AssertErrorAsync(401, "invalid_api_key", type: "authentication_error");
            }
        }

        Assert.Equal("200", await KeyAdmin.CallAsync(gateway, key));
    }

    [Fact]
    public async Task Create_NotJson_Is415()
    {
        await using var gateway = await KeyAdmin.StartAsync();

        using var response = await KeyAdmin.SendAsync(gateway, "POST", "/admin/keys", """{"name":"a"}""", type: "text/plain");

        await response.AssertErrorAsync(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("/admin/keys?revoked=yes", "revoked")]
    [InlineData("/admin/keys?all=true", "all")]
    public async Task List_BadQuery_Is400(string path, string param)
    {
        await using var gateway = await KeyAdmin.StartAsync();

        using var response = await KeyAdmin.SendAsync(gateway, "GET", path);

        await response.AssertErrorAsync(400, "invalid_value", param);
    }

    [Fact]
    public async Task Reload_LimitsAreGone_KeyIsHeldToTheDefaultAndItIsSaid()
    {
        await using var gateway = await KeyAdmin.StartAsync();
        var (_, key) = await KeyAdmin.CreateAsync(gateway, """{"name":"a","limits":"standard"}""");
        Assert.Equal("600", await LimitAsync(gateway, key));

        var yaml = await File.ReadAllTextAsync(gateway.ConfigFile);
        await File.WriteAllTextAsync(gateway.ConfigFile, yaml.Replace("standard:", "other:", StringComparison.Ordinal));
        Assert.True(gateway.Get<Penstock.Runtime.GatewayRuntime>().TryReload());

        Assert.Equal("60", await LimitAsync(gateway, key));
        await gateway.WaitForLogAsync("refers to limits 'standard'");
    }

    [Fact]
    public async Task Store_WithoutAuth_GatewayIsOpenAndSaysSo()
    {
        await using var gateway = await TestGateway.StartAsync(variables: KeyAdmin.Variables("sqlite:penstock.db"));

        await KeyAdmin.CreateAsync(gateway, """{"name":"a"}""");

        await gateway.WaitForLogAsync("The gateway is open");
        Assert.Equal("200", await KeyAdmin.CallAsync(gateway, "whatever"));
    }

    private static async Task<string> LimitAsync(TestGateway gateway, string key)
    {
        using var response = await gateway.ChatAsync("hi", ("Authorization", $"Bearer {key}"));
        return response.Headers.GetValues("x-ratelimit-limit-requests").Single();
    }
}
