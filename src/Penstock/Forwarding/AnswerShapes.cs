namespace Penstock.Forwarding;

/// <summary>What follows from the shape of a route's answers.</summary>
internal static class AnswerShapes
{
    /// <summary>Whether its streams are chunks of completions, which end in <c>finish_reason</c> and <c>[DONE]</c>.</summary>
    public static bool IsChunked(this AnswerShape shape) => shape is AnswerShape.Chat or AnswerShape.Completion;
}
