using System.Text.Json;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What <c>/admin/route</c> says of a request.</summary>
internal static class ExplainedRoute
{
    private const string AdminKey = "admin-sekret";

    /// <summary>The environment of a gateway that can be asked.</summary>
    public static IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string> { ["ADMIN_KEY"] = AdminKey };

    /// <summary>Asks where a request would go.</summary>
    /// <param name="gateway">A gateway with <see cref="Variables"/>.</param>
    /// <param name="body">The request.</param>
    /// <param name="query">A query with its question mark.</param>
    /// <param name="headers">Headers of the request.</param>
    public static async Task<JsonElement> AskAsync(TestGateway gateway, string body, string query = "", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/route" + query) { Content = new StringContent(body) };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + AdminKey);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>Tokens that each backend is expected to have, by its name.</summary>
    public static Dictionary<string, double> CachedTokens(JsonElement plan) => plan.GetProperty("candidates").EnumerateArray()
        .ToDictionary(c => c.GetProperty("backend").GetString()!, c => c.GetProperty("cached_tokens").GetDouble());
}
