namespace Penstock.Endpoints;

/// <summary>What a request says of the answer's length; by default there is no text to come.</summary>
/// <param name="Choices">How many answers are asked for; 0: the answer is no text.</param>
/// <param name="MaxTokens">How long each may become; null: it is not said.</param>
internal readonly record struct ExpectedOutput(int Choices, long? MaxTokens)
{
    public bool IsStreamed { get; init; }
}
