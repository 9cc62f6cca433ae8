using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>Somebody goes on with a broken answer.</summary>
/// <param name="Answer">What is said.</param>
/// <param name="Rewriter">Fits it to what was said before.</param>
/// <param name="IsReplay">Whether it begins from the beginning.</param>
internal readonly record struct RescuedStream(EventStreamAnswer Answer, ChunkRewriter Rewriter, bool IsReplay);
