using System.Net;
using System.Text;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Keys;

/// <summary>Gateways with a store, and what an operator does with <c>/admin/keys</c>.</summary>
internal static class KeyAdmin
{
    public const string AdminKey = "admin-sekret";

    private const string Echo = """
        auth:
          keys: [{ name: file, key: key-of-file }]
        limits:
          standard: { requests_per_minute: 600 }
          default: { requests_per_minute: 60 }
        backends:
          - name: echo
            type: echo
            models: [m, "qwen-*", other]
        """;

    /// <summary>A gateway that asks for keys, and has those of a store.</summary>
    /// <param name="store">The store; null: none.</param>
    /// <param name="yaml">More of the configuration.</param>
    public static Task<TestGateway> StartAsync(string? store = "sqlite:penstock.db", string yaml = "") => TestGateway.StartAsync($"{Echo}\n{yaml}", Variables(store));

    public static Dictionary<string, string> Variables(string? store)
    {
        var variables = new Dictionary<string, string> { ["ADMIN_KEY"] = AdminKey };
        if (store is not null) variables["STORE"] = store;
        return variables;
    }

    public static Task<HttpResponseMessage> SendAsync(TestGateway gateway, string method, string path, string? json = null, string? type = "application/json", string? key = AdminKey)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, type!);
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        return gateway.Client.SendAsync(request);
    }

    /// <summary>Does something, and gives what it was answered.</summary>
    public static async Task<JsonElement> DoAsync(TestGateway gateway, string method, string path, string? json = null, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await SendAsync(gateway, method, path, json);
        return await response.JsonAsync(status);
    }

    /// <summary>Makes a key.</summary>
    /// <returns>Its id, and the key.</returns>
    public static async Task<(string Id, string Key)> CreateAsync(TestGateway gateway, string json)
    {
        var made = await DoAsync(gateway, "POST", "/admin/keys", json, HttpStatusCode.Created);
        return (made.Text("id")!, made.Text("key")!);
    }

    /// <summary>Calls with a key.</summary>
    /// <returns>200, or the status and the reason in the challenge.</returns>
    public static async Task<string> CallAsync(TestGateway gateway, string key, string model = "m")
    {
        using var response = await gateway.PostAsync(
            "/v1/chat/completions", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""", ("Authorization", $"Bearer {key}"));
        var challenge = response.Headers.WwwAuthenticate.ToString();
        var at = challenge.IndexOf("error_description=", StringComparison.Ordinal);
        return at < 0 ? $"{(int)response.StatusCode}" : $"{(int)response.StatusCode} {challenge[(at + "error_description=".Length)..].Trim('"')}";
    }

    /// <summary>Waits until a call with a key ends like this.</summary>
    public static async Task UntilAsync(TestGateway gateway, string key, string outcome)
    {
        var started = TimeProvider.System.GetTimestamp();
        var last = "";
        var pause = 20;
        while ((last = await CallAsync(gateway, key)) != outcome)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience.Default, $"{last}, and never {outcome}\n{gateway.Log}");
            // Less and less often: after thirty refusals within a minute the gateway answers 429 to all that it refuses.
            await Task.Delay(pause);
            pause = Math.Min(2 * pause, 2000);
        }
    }
}
