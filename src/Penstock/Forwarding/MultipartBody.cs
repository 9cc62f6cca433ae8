using System.Text;
using Penstock.Backends;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>A multipart form that was spooled, with the place of its <c>model</c> field.</summary>
/// <param name="spool">The body, seekable; its owner keeps it until the request has ended.</param>
/// <param name="modelAt">Where the value of <c>model</c> begins.</param>
/// <param name="modelLength">How long it is; 0 where there is none, and then nothing is renamed.</param>
/// <param name="contentType">The media type as the caller sent it, with its boundary.</param>
internal sealed class MultipartBody(Stream spool, long modelAt, int modelLength, string contentType) : ForwardedBody
{
    public override bool IsStream => false;

    public override bool CanAskForUsage => false;

    public override int Choices => 1;

    // There is one spool, and it is read from one place.
    public override bool CanBeSentTwice => false;

    public override RequestContent ContentFor(in Pick pick, bool askForUsage) =>
        (pick.Backend.Config.Model ?? pick.Pool.Model) is { } model && modelLength > 0
            ? new SpooledContent(spool, modelAt, modelLength, Encoding.UTF8.GetBytes(model)) { ContentType = contentType }
            : new SpooledContent(spool, 0, 0, default) { ContentType = contentType };
}
