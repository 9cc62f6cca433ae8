namespace Penstock.Engines;

/// <summary>One of a <see cref="LlamaEngine"/>'s slots: one sequence of tokens, that of its call or of the last that it had.</summary>
internal sealed class LlamaSlot
{
    // The call whose tokens are in it.
    private EngineCall? _content;
    private int _held;

    public EngineCall? Call { get; private set; }

    public bool IsIdle => Call is null;

    /// <summary>When it was given up last; -1: never used.</summary>
    public long UsedAt { get; private set; } = -1;

    /// <summary>When its call got it.</summary>
    public long BegunAt { get; private set; }

    /// <summary>Tokens of the prompt that are in it.</summary>
    public int Computed { get; private set; }

    public int CachedTokens { get; private set; }

    /// <summary>Tokens of the answer.</summary>
    public int Written { get; private set; }

    public int Unread => Call!.PromptTokens - Computed;

    /// <summary>Whether it writes its answer: in each step the next token, until <see cref="Unwritten"/> is 0.</summary>
    public bool IsWriting => Call is not null && Written > 0;

    public int Unwritten => Call!.OutputTokens - Written;

    /// <summary>Of the tokens in it, those with which a prompt begins, by whole blocks; one of the prompt is always read.</summary>
    public int CommonTokens(EngineCall call)
    {
        if (_content is null) return 0;
        var common = _content.Blocks.Span.CommonPrefixLength(call.Blocks.Span) * EngineCall.BlockTokens;
        return Math.Min(Math.Min(common, _held), call.PromptTokens - 1);
    }

    public void Begin(EngineCall call, long now)
    {
        BegunAt = now;
        Computed = CachedTokens = CommonTokens(call);
        Written = 0;
        (Call, _content, _held) = (call, call, Computed);
    }

    /// <summary>A step has read these tokens of its prompt; the last of them gives the first of the answer.</summary>
    public void Read(int tokens)
    {
        Computed += tokens;
        _held = Computed;
        if (Unread == 0) Written = 1;
    }

    public void Write(int tokens)
    {
        Written += tokens;
        _held = Computed + Written - 1;
    }

    /// <summary>Its call is over or was given up. What is in it stays.</summary>
    public void End(long now) => (Call, UsedAt) = (null, now);
}
