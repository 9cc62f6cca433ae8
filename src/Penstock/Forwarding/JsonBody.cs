using Penstock.Backends;
using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>A JSON body, spliced for each backend.</summary>
/// <param name="json">The bytes; their owner keeps them until the request has ended.</param>
/// <param name="request">What was parsed from them.</param>
/// <param name="hasUsageOption">Whether the endpoint knows <c>stream_options</c>.</param>
/// <param name="contentType">The media type as the caller sent it.</param>
internal sealed class JsonBody(ReadOnlyMemory<byte> json, ChatRequest request, bool hasUsageOption, string contentType) : ForwardedBody
{
    public override bool IsStream => request.Stream;

    public override bool CanAskForUsage => hasUsageOption && request.Stream && !request.IncludeUsage;

    public override int Choices => Math.Max(1, request.Choices);

    public override RequestContent ContentFor(Backend backend, bool askForUsage)
    {
        var splice = new Splice();
        if (backend.ModelToken is { } model) RequestEdits.RenameModel(ref splice, request, model);
        if (askForUsage) RequestEdits.AskForUsage(ref splice, json.Span, request);
        return new BufferedContent(json, splice) { ContentType = contentType };
    }
}
