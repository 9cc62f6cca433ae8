using System.Net;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Faults;

/// <summary>An answer to a caller who wanted a stream, as it was heard to its end, and what can be demanded of it.</summary>
internal sealed class HeardStream(HttpResponseMessage response, string body)
{
    private static readonly string Text = ChatJson.Words(60);

    public int Status { get; } = (int)response.StatusCode;

    /// <summary>Who answered when the answer began (<c>X-Backend</c>).</summary>
    public string? Backend { get; } = Answers.HeaderOf(response, "X-Backend");

    /// <summary>How many attempts it had taken by then (<c>X-Attempts</c>).</summary>
    public string? Attempts { get; } = Answers.HeaderOf(response, "X-Attempts");

    public TimeSpan? RetryAfter { get; } = response.Headers.RetryAfter?.Delta;

    public string Body => body;

    public SseText Events { get; } = SseText.Parse(body);

    /// <summary>The chunks, without <c>[DONE]</c>.</summary>
    public IReadOnlyList<JsonElement> Chunks => Events.Json;

    public JsonElement Usage => Assert.Single(Chunks, HasUsage).GetProperty("usage");

    /// <summary>The names of the models that the chunks say they come from.</summary>
    public IEnumerable<string?> Models => Chunks.Select(c => c.GetProperty("model").GetString()).Distinct();

    /// <summary>Demands the whole answer, exactly once: the 60 words, one role, one id, one finish, the usage, <c>[DONE]</c>.</summary>
    public void AssertWhole(string? from = null)
    {
        Assert.True(Status == 200, $"{Status}: {body}");
        Assert.True(Text == Events.Content, $"Another text than the 60 words:\n{body}");
        Assert.True(Events.IsDone, $"No [DONE] at the end:\n{body}");
        Assert.Single(Chunks, HasRole);
        Assert.True(HasRole(Chunks[0]), $"The role is not first:\n{body}");
        Assert.Single(Chunks, HasFinish);
        Assert.Single(Chunks.Select(c => c.GetProperty("id").GetString()).Distinct());
        Assert.DoesNotContain(Chunks, IsError);
        Assert.Equal(60, Usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(
            Usage.GetProperty("total_tokens").GetInt32(),
            Usage.GetProperty("prompt_tokens").GetInt32() + Usage.GetProperty("completion_tokens").GetInt32());
        if (from is not null) Assert.Equal(from, Backend);
    }

    /// <summary>Demands an error in place of an answer.</summary>
    /// <returns>Its message.</returns>
    public string? AssertRefused(HttpStatusCode status, string code)
    {
        Assert.True((int)status == Status, $"{Status}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var error = JsonSerializer.Deserialize<JsonElement>(body).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        return error.GetProperty("message").GetString();
    }

    /// <summary>Demands a stream that says that it broke: it ends in an error event, without <c>[DONE]</c>.</summary>
    /// <returns>The error's code.</returns>
    public string? AssertBroken(string saidSoFar)
    {
        Assert.True(Status == 200, $"{Status}: {body}");
        Assert.DoesNotContain("[DONE]", Events.Data);
        Assert.False(Events.EndsWithinEvent);
        Assert.Equal(saidSoFar, Events.Content);
        Assert.Equal(1, Chunks.Count(IsError));
        return Chunks[^1].GetProperty("error").GetProperty("code").GetString();
    }

    private static bool IsError(JsonElement chunk) => chunk.TryGetProperty("error", out _);

    private static bool HasUsage(JsonElement chunk) =>
        chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object;

    private static bool HasRole(JsonElement chunk) =>
        FirstChoice(chunk) is { } choice && choice.TryGetProperty("delta", out var delta) && delta.TryGetProperty("role", out _);

    private static bool HasFinish(JsonElement chunk) =>
        FirstChoice(chunk) is { } choice && choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String;

    private static JsonElement? FirstChoice(JsonElement chunk) =>
        chunk.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0 ? choices[0] : null;
}
