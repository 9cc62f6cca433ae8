using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What the gateway's answers have in common, whatever was asked.</summary>
internal static class AnswerAssertions
{
    /// <summary>Checks that it is an error in OpenAI's shape, with a request id.</summary>
    /// <returns>Its message.</returns>
    public static async Task<string> AssertErrorAsync(
        this HttpResponseMessage response, int status, string code, string? param = null, string type = "invalid_request_error")
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.NotEqual("", Assert.Single(response.Headers.GetValues("X-Request-ID")));
        var error = Assert.Single(Parse(body).EnumerateObject());
        Assert.Equal("error", error.Name);
        Assert.Equal(["message", "type", "param", "code"], error.Value.EnumerateObject().Select(p => p.Name));
        Assert.Equal((type, param, code), (Text(error.Value, "type"), Text(error.Value, "param"), Text(error.Value, "code")));
        if (SharedFiles.Missing(OpenAiSchema.File) is null) Assert.Empty(OpenAiSchema.Validate("ErrorResponse", body));
        var message = Text(error.Value, "message");
        Assert.False(string.IsNullOrWhiteSpace(message));
        return message!;
    }

    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response, HttpStatusCode status = HttpStatusCode.OK)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{(int)response.StatusCode}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        return Parse(body);
    }

    public static JsonElement Parse(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    public static string? Content(this JsonElement completion) =>
        completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

    public static string? Text(this JsonElement json, string name) => json.GetProperty(name).GetString();
}
