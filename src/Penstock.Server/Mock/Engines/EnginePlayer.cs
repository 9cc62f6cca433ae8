using System.Globalization;
using System.Text.Json;

namespace Penstock.Server.Mock.Engines;

/// <summary>Answers completions as the engine gets to them: it reads the prompt, waits its turn, and writes token by token.</summary>
internal sealed class EnginePlayer(MockOptions options, EngineDriver driver, MockFaults faults, TimeProvider time)
{
    // Unless --tokens says otherwise, and at most as many as the request allows.
    private const int DefaultTokens = 64;

    private long _served;

    public async Task HandleAsync(HttpContext context, CompletionShape shape)
    {
        var (body, error) = await JsonBody.ReadAsync(context);
        error ??= faults.Next();
        CompletionRequest request = default;
        EngineTicket? ticket = null;
        EngineAnswer? answer = null;
        using (body)
        {
            if (error is null)
            {
                request = CompletionRequest.Read(body!.RootElement, shape.PromptName);
                answer = EngineAnswer.Create(PromptText.Of(body.RootElement, shape.PromptName), TokensOf(body.RootElement), SlotOf(body.RootElement));
            }
        }

        if (error is null && !TrySubmit(answer!, out ticket, out error)) ticket = null;
        if (error is not null)
        {
            await error.WriteAsync(context);
            return;
        }

        try
        {
            var number = Interlocked.Increment(ref _served);
            var head = new CompletionHead(
                string.Create(CultureInfo.InvariantCulture, $"{shape.IdPrefix}{number}"), time.GetUtcNow().ToUnixTimeSeconds(),
                request.Model, answer!.Call.PromptTokens, answer.Tokens.Count, request.IncludeUsage);
            if (request.Stream) await StreamAsync(context, shape, head, answer, ticket!);
            else await AnswerAsync(context, shape, head, answer, ticket!);
        }
        finally
        {
            // Who leaves frees its place at once.
            driver.Leave(ticket!);
        }
    }

    private bool TrySubmit(EngineAnswer answer, out EngineTicket? ticket, out MockError? error)
    {
        (ticket, error) = (null, null);
        try
        {
            ticket = driver.Submit(answer.Call);
            return true;
        }
        catch (ArgumentException e)
        {
            error = MockError.TooLarge(e.Message);
            return false;
        }
    }

    private async Task AnswerAsync(HttpContext context, CompletionShape shape, CompletionHead head, EngineAnswer answer, EngineTicket ticket)
    {
        await ticket.MoreThanAsync(answer.Tokens.Count - 1, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, json => shape.WriteWhole(json, WithFigures(head, ticket), answer.Content));
    }

    private async Task StreamAsync(HttpContext context, CompletionShape shape, CompletionHead head, EngineAnswer answer, EngineTicket ticket)
    {
        var cancellation = context.RequestAborted;
        var there = await ticket.MoreThanAsync(0, cancellation);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        await using var events = new EventWriter(context.Response.BodyWriter);
        if (shape.HasOpening) await SendAsync(CompletionPart.Opening);
        for (var i = 0; i < answer.Tokens.Count; i++)
        {
            if (i == there) there = await ticket.MoreThanAsync(i, cancellation);
            await SendAsync(CompletionPart.Token, answer.Tokens[i]);
        }

        head = WithFigures(head, ticket);
        await SendAsync(CompletionPart.Finish);
        if (head.IncludeUsage) await SendAsync(CompletionPart.Usage);
        await events.SendDoneAsync(cancellation);

        ValueTask SendAsync(CompletionPart part, JsonEncodedText token = default)
        {
            events.Begin();
            shape.WriteChunk(events.Json, head, part, token);
            return events.SendAsync(cancellation);
        }
    }

    private CompletionHead WithFigures(in CompletionHead head, EngineTicket ticket)
    {
        if (options.Engine == MockEngine.Vllm) return head with { CachedTokens = ticket.CachedTokens };
        return head with
        {
            Timings = new MockTimings(
                ticket.CachedTokens, head.PromptTokens - ticket.CachedTokens, ticket.ReadingTook / 1000.0,
                head.CompletionTokens * 1e6 / Math.Max(1, ticket.WritingTook)),
        };
    }

    private int TokensOf(JsonElement body)
    {
        var wanted = Number(body, "max_completion_tokens"u8) ?? Number(body, "max_tokens"u8) ?? int.MaxValue;
        return Math.Max(1, Math.Min(wanted, options.Tokens ?? DefaultTokens));
    }

    // -1 is what llama.cpp's own clients send for any.
    private int? SlotOf(JsonElement body) => options.Engine == MockEngine.LlamaCpp && Number(body, "id_slot"u8) is >= 0 and var slot ? slot : null;

    private static int? Number(JsonElement body, ReadOnlySpan<byte> name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
}
