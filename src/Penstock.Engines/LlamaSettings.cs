namespace Penstock.Engines;

/// <summary>The size and the pace of a <see cref="LlamaEngine"/>.</summary>
internal sealed record LlamaSettings
{
    /// <summary>
    /// An 8B model in four bits on a GPU of a desk: 2,000 prompt tokens a second, and about 45 tokens a second for one who
    /// writes alone, 36 for each of four. A quarter of the pace of vLLM's model, in round numbers: its kernels batch less well,
    /// and it runs on less.
    /// </summary>
    public static LlamaSettings Default { get; } = new();

    /// <summary>The budget is <c>--batch-size</c>.</summary>
    public StepLaw Step { get; init; } = new(BaseMicroseconds: 20_000, CallMicroseconds: 2_000, PromptTokenMicroseconds: 500, Budget: 2_048);

    /// <summary><c>--parallel</c>.</summary>
    public int Slots { get; init; } = 4;

    /// <summary><c>--slot-prompt-similarity</c>: a slot is taken for what is in it where that is more than this part of the prompt.</summary>
    public double SlotPromptSimilarity { get; init; } = 0.1;
}
