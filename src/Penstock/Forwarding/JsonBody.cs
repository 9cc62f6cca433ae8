using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>A JSON body, spliced for each backend.</summary>
/// <param name="json">The bytes; their owner keeps them until the request has ended.</param>
/// <param name="request">What was parsed from them.</param>
/// <param name="hasUsageOption">Whether the endpoint knows <c>stream_options</c>.</param>
/// <param name="contentType">The media type as the caller sent it.</param>
internal sealed class JsonBody(ReadOnlyMemory<byte> json, ChatRequest request, bool hasUsageOption, string contentType) : ForwardedBody
{
    /// <summary>The bytes as the caller sent them.</summary>
    public ReadOnlySpan<byte> Json => json.Span;

    /// <summary>What was parsed from them.</summary>
    public ChatRequest Request => request;

    public override bool IsStream => request.Stream;

    public override bool CanAskForUsage => hasUsageOption && request.Stream && !request.IncludeUsage;

    public override int Choices => Math.Max(1, request.Choices);

    public override RequestContent ContentFor(in Pick pick, bool askForUsage)
    {
        var splice = new Splice();
        if ((pick.Backend.ModelToken ?? pick.Pool.ModelToken) is { } model && !request.Model.Of(json.Span).SequenceEqual(model))
            RequestEdits.RenameModel(ref splice, request, model);
        if (askForUsage) RequestEdits.AskForUsage(ref splice, json.Span, request);
        if (pick.Dispatch?.Slot is { } slot && !request.SlotId.IsPresent) RequestEdits.NameSlot(ref splice, request, slot);
        return new BufferedContent(json, splice) { ContentType = contentType };
    }

    /// <summary>The request for the rest of an answer; null where it cannot be asked for.</summary>
    /// <param name="text">What was said of it.</param>
    /// <param name="how">How the backend continues answers.</param>
    public JsonBody? ContinuedFrom(StreamText text, Continuation how)
    {
        var continued = ContinuedRequest.TryWrite(json.Span, text.Text, text.Chunks, asksToContinue: how == Continuation.Vllm);
        return continued is not null && RequestParser.TryParse(continued, strict: false, out var parsed, out _)
            ? new JsonBody(continued, parsed, hasUsageOption, contentType) : null;
    }
}
