using System.Globalization;
using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary>Plays the script to a caller: whole or streamed, at the pace that was asked for, or fails.</summary>
internal sealed class CompletionPlayer(MockOptions options, MockFaults faults, TimeProvider time)
{
    private readonly MockScript _script = MockScript.Create(options.Content, options.Tokens);
    private long _served;

    public async Task HandleAsync(HttpContext context, CompletionShape shape)
    {
        var start = time.GetTimestamp();
        var (body, error) = await JsonBody.ReadAsync(context);
        error ??= faults.Next();
        if (error is not null)
        {
            body?.Dispose();
            await error.WriteAsync(context);
            return;
        }

        CompletionRequest request;
        using (body)
            request = CompletionRequest.Read(body!.RootElement, shape.PromptName);

        var number = Interlocked.Increment(ref _served);
        var head = new CompletionHead(
            string.Create(CultureInfo.InvariantCulture, $"{shape.IdPrefix}{number}"),
            time.GetUtcNow().ToUnixTimeSeconds(),
            request.Model,
            request.PromptTokens,
            _script.Tokens.Count,
            request.IncludeUsage);

        if (request.Stream)
        {
            await StreamAsync(context, shape, head, start);
            return;
        }

        await WaitForTokenAsync(start, _script.Tokens.Count - 1, context.RequestAborted);
        await JsonAnswer.WriteAsync(
            context, StatusCodes.Status200OK, json => shape.WriteWhole(json, head, _script.Content));
    }

    private async Task StreamAsync(HttpContext context, CompletionShape shape, CompletionHead head, long start)
    {
        var cancellation = context.RequestAborted;
        await WaitForTokenAsync(start, 0, cancellation);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";

        await using var events = new EventWriter(context.Response.BodyWriter);
        if (shape.HasOpening)
            await SendAsync(CompletionPart.Opening);

        for (var i = 0; i < _script.Tokens.Count; i++)
        {
            await WaitForTokenAsync(start, i, cancellation);
            await SendAsync(CompletionPart.Token, _script.Tokens[i]);
        }

        await SendAsync(CompletionPart.Finish);
        if (head.IncludeUsage)
            await SendAsync(CompletionPart.Usage);

        await events.SendDoneAsync(cancellation);

        ValueTask SendAsync(CompletionPart part, JsonEncodedText token = default)
        {
            events.Begin();
            shape.WriteChunk(events.Json, head, part, token);
            return events.SendAsync(cancellation);
        }
    }

    // Against the start, not against the token before: a late token does not make the stream longer.
    private async ValueTask WaitForTokenAsync(long start, int index, CancellationToken cancellationToken)
    {
        var due = options.TimeToFirstToken + options.TokenInterval * Math.Max(index, 0);
        var left = due - time.GetElapsedTime(start);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, time, cancellationToken);
    }
}
