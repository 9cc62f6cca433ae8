namespace Penstock.Endpoints;

/// <summary>What a request says of the answer's length; by default there is no text to come.</summary>
/// <param name="Choices">How many answers are asked for; 0: the answer is no text.</param>
/// <param name="MaxTokens">How long each may become; null: it is not said.</param>
internal readonly record struct ExpectedOutput(int Choices, long? MaxTokens)
{
    // More than any model writes, and so little that numbers cannot overflow.
    private const long MostTokens = 1_000_000_000;

    // A limit says what may be, and mostly is far above what is written.
    private const int MostUsuals = 4;

    // Nor is a number of answers believed that hardly anybody asks for, and that costs nothing where the server refuses it.
    private const int MostChoices = 8;

    public bool IsStreamed { get; init; }

    /// <summary>To how many prompts the answers are: their text is there, and is believed.</summary>
    public int Prompts { get; init; } = 1;

    /// <summary>How many tokens the answers have at most, as far as that is said.</summary>
    /// <param name="usual">How many one usually has.</param>
    public long AtMost(long usual) => Longest(usual) * Choices;

    /// <summary>How many tokens the answers are likely to have: no more than is to be believed.</summary>
    /// <param name="usual">How many one usually has.</param>
    public long Likely(long usual) => Math.Min(Longest(usual), MostUsuals * usual) * Math.Min(Choices, (long)MostChoices * Math.Max(1, Prompts));

    private long Longest(long usual) => Math.Min(MostTokens, MaxTokens ?? usual);
}
