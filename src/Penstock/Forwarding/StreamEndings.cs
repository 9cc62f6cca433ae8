using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>What follows from how a stream's events stopped.</summary>
internal static class StreamEndings
{
    /// <summary>Whether the caller has a whole answer. A <c>[DONE]</c> is taken at the server's word.</summary>
    public static bool IsWhole(StreamEnding ending, StreamProgress progress) => ending switch
    {
        StreamEnding.Done => true,
        StreamEnding.EndOfBody => progress.NeedsNothing,
        // All choices had finished: what is lost is a formality.
        StreamEnding.Broken or StreamEnding.Stalled or StreamEnding.Unreadable => progress.IsChunked && progress.NeedsNothing,
        _ => false,
    };

    /// <summary>How the attempt failed whose answer is not whole.</summary>
    public static AttemptFailure FailureOf(StreamEnding ending) => ending switch
    {
        StreamEnding.Different => AttemptFailure.Different,
        StreamEnding.Stalled => AttemptFailure.Stalled,
        StreamEnding.ShutDown => AttemptFailure.ShutDown,
        _ => AttemptFailure.BrokenAfterCommit,
    };

    /// <summary>What the caller is told.</summary>
    public static ApiError ErrorOf(StreamEnding ending, Attempt attempt) => ending switch
    {
        StreamEnding.ShutDown => Errors.ShuttingDown(),
        StreamEnding.Stalled => Errors.UpstreamStalled(attempt.Backend.Name, attempt.Limit),
        StreamEnding.Unreadable => Errors.UpstreamBroke(attempt.Backend.Name, "it sent something that cannot be read"),
        StreamEnding.UpstreamError => Errors.UpstreamBroke(attempt.Backend.Name, "it sent an error in the middle of the stream"),
        StreamEnding.Different => Errors.UpstreamBroke(attempt.Backend.Name, "asked again, it began another answer"),
        StreamEnding.EndOfBody => Errors.UpstreamBroke(attempt.Backend.Name, "the stream ended before the answer was finished"),
        _ => Errors.UpstreamBroke(attempt.Backend.Name, "the connection was lost in the middle of the stream"),
    };
}
