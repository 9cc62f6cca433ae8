using Penstock.Protocol;

namespace Penstock.Backends.Echo;

/// <summary>
/// Answers with what was asked. It is there so that the gateway can be tried with nothing behind it, and it answers
/// exactly as a server would, so that everything in front of it is real.
/// </summary>
internal sealed class EchoBackend(TimeProvider time) : IBackend
{
    private const string Prefix = "Echo: ";

    private static readonly byte[] Done = "[DONE]"u8.ToArray();

    public async ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken)
    {
        var path = request.Path.Split('?')[0];
        if (path is not ("/v1/chat/completions" or "/v1/completions" or "/v1/embeddings"))
        {
            return Fail(new ApiError(404, "invalid_request_error", "not_found",
                $"An echo backend has no {path}: it answers chat completions, completions and embeddings only. Configure a backend with type: http for the rest."));
        }

        var body = await request.Content.ReadAsync(cancellationToken);
        return path switch
        {
            "/v1/chat/completions" => Chat(request, body.Span),
            "/v1/completions" => Text(request, body.Span),
            _ => Embed(request, body),
        };
    }

    private BackendResponse Chat(BackendRequest request, ReadOnlySpan<byte> body)
    {
        if (!RequestParser.TryParse(body, strict: false, out var chat, out var error)) return Fail(error);
        if (!chat.Messages.IsPresent) return Fail(Errors.MissingParameter("messages"));
        var text = EchoText.OfLastUserMessage(body, chat);
        var content = Prefix + text;
        var call = CallFor(request, ModelOf(body, chat), EchoText.CountWords(text), EchoText.CountWords(content));
        if (!chat.Stream) return BackendResponse.Json(EchoAnswers.Chat(call, content));

        var chunks = new List<byte[]> { EchoAnswers.Chunk(call, role: "assistant", content: "", isLast: false) };
        foreach (var word in EchoText.Words(content)) chunks.Add(EchoAnswers.Chunk(call, null, word, isLast: false));
        chunks.Add(EchoAnswers.Chunk(call, null, null, isLast: true));
        if (chat.IncludeUsage) chunks.Add(EchoAnswers.UsageChunk(call));
        return Stream(chunks);
    }

    private BackendResponse Text(BackendRequest request, ReadOnlySpan<byte> body)
    {
        if (!RequestParser.TryParse(body, strict: false, out var parsed, out var error)) return Fail(error);
        if (!EchoInput.TryRead(body, "prompt", out var prompts, out error)) return Fail(error);
        var text = string.Join("\n", prompts);
        var content = Prefix + text;
        var call = CallFor(request, ModelOf(body, parsed), EchoText.CountWords(text), EchoText.CountWords(content));
        if (!parsed.Stream) return BackendResponse.Json(EchoAnswers.Text(call, content, isLast: true, withUsage: true));

        var words = EchoText.Words(content);
        var chunks = words.ConvertAll(word => EchoAnswers.Text(call, word, isLast: false, withUsage: false));
        chunks.Add(EchoAnswers.Text(call, "", isLast: true, withUsage: false));
        if (parsed.IncludeUsage) chunks.Add(EchoAnswers.Text(call, null, isLast: false, withUsage: true));
        return Stream(chunks);
    }

    private BackendResponse Embed(BackendRequest request, ReadOnlyMemory<byte> body)
    {
        if (!RequestParser.TryParse(body.Span, strict: false, out var parsed, out var error)) return Fail(error);
        if (!EchoInput.TryRead(body.Span, "input", out var inputs, out error)) return Fail(error);
        if (!EchoInput.TryReadDimensions(body.Span, out var dimensions, out error)) return Fail(error);
        var words = 0;
        foreach (var input in inputs) words += EchoText.CountWords(input);
        var call = CallFor(request, ModelOf(body.Span, parsed), words, 0);
        return BackendResponse.Json(EchoAnswers.Embeddings(call, inputs, dimensions, EchoInput.WantsBase64(body.Span)));
    }

    private EchoCall CallFor(BackendRequest request, string model, int promptWords, int completionWords) =>
        new(request.RequestId, time.GetUtcNow().ToUnixTimeSeconds(), model, promptWords, completionWords);

    private static string ModelOf(ReadOnlySpan<byte> body, in ChatRequest request)
    {
        if (!request.Model.IsPresent) return "echo";
        var model = JsonText.Unquote(request.Model.Of(body), stackalloc char[128]);
        return model.IsEmpty ? "echo" : model.ToString();
    }

    // One piece an event, as a server that generates would send them.
    private static BackendResponse Stream(List<byte[]> chunks)
    {
        var segments = new List<ReadOnlyMemory<byte>>(chunks.Count + 1);
        foreach (var chunk in chunks) segments.Add(Frame(chunk));
        segments.Add(Frame(Done));
        return new BackendResponse(200, "text/event-stream", new SegmentStream(segments));
    }

    private static byte[] Frame(byte[] data) => [.. "data: "u8, .. data, .. "\n\n"u8];

    private static BackendResponse Fail(ApiError error) => BackendResponse.Json(error.ToJson(), error.Status);
}
