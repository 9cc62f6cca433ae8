namespace Penstock.Engines;

/// <summary>A call in a <see cref="VllmEngine"/>.</summary>
internal sealed class VllmSequence(EngineCall call)
{
    public EngineCall Call => call;

    /// <summary>The blocks that it holds, in order, but for those of an answer that is being written, which are only counted.</summary>
    public List<int> Blocks { get; } = [];

    /// <summary>Tokens that have to be computed before the next one can be written: the prompt and, after a preemption, what was written.</summary>
    public int Target { get; set; } = call.PromptTokens;

    /// <summary>Of <see cref="Target"/>, those that have been.</summary>
    public int Computed { get; set; }

    /// <summary>Of <see cref="Target"/>, those that this step computes.</summary>
    public int Chunk { get; set; }

    /// <summary>Tokens of the answer that were there when it began to write, or was preempted.</summary>
    public int Written { get; set; }

    /// <summary>Tokens of the prompt that were known when it was first begun.</summary>
    public int? CachedTokens { get; set; }

    /// <summary>When it was first begun.</summary>
    public long? BegunAt { get; set; }

    public bool IsRunning { get; set; }

    /// <summary>The step after which it began to write; null: it reads, or waits.</summary>
    public long? WritesSince { get; set; }

    /// <summary>The step that writes its last token.</summary>
    public long LastStep => WritesSince!.Value + call.OutputTokens - Written;

    /// <summary>Which steps, modulo the tokens of a block, begin a block of its own.</summary>
    public int Phase => (int)((WritesSince!.Value + 1 - Target) & (EngineCall.BlockTokens - 1));

    public int WrittenAfter(long step) => Written + (int)(step - (WritesSince ?? step));

    /// <summary>Tokens in the cache after a step: the last that was written is not, for it has not been read.</summary>
    public int HeldAfter(long step) => WritesSince is { } since ? Target + (int)(step - since) : Computed;
}
