using Penstock.Engines;

namespace Penstock.Bench.Simulation;

/// <summary>
/// A call on its way. What a router may know of it is its prompt: the <see cref="Blocks"/>, or for one that has the servers'
/// tokenizer theirs, how many tokens it has; whose it is, and, for those that go by it, its conversation. All else is for the books.
/// </summary>
internal sealed class SimulatedCall(int index, PlannedCall plan)
{
    public int Index => index;
    public PlannedCall Plan => plan;

    /// <summary>The hashes of the blocks of its prompt, as routers have them: of 64 tokens each.</summary>
    public ReadOnlyMemory<ulong> Blocks { get; } = RouterBlocks.Of(plan.PromptBlocks.Span);

    /// <summary>Whose it is: conversations are shared out among a score of callers.</summary>
    public string Caller { get; } = $"caller-{plan.Conversation % 20}";

    /// <summary>As the server gets it. Made when it is sent.</summary>
    public EngineCall? Engine { get; private set; }

    /// <summary>The call goes to a server.</summary>
    /// <param name="slot">The slot that it is to take; null: the server's choice.</param>
    public EngineCall Send(int? slot) => Engine = new EngineCall
    {
        Blocks = plan.Blocks,
        PromptTokens = plan.PromptTokens,
        OutputTokens = plan.OutputTokens,
        Slot = slot,
    };

    /// <summary>Whether it comes after the warm-up and before the end.</summary>
    public bool Counts { get; init; }

    /// <summary>When it came to the gateway; microseconds, as all times.</summary>
    public long ArrivedAt { get; init; }

    public long SentAt { get; set; } = -1;
    public long FirstTokenAt { get; set; } = -1;
    public long EndedAt { get; set; } = -1;
    public int Server { get; set; } = -1;
    public int CachedTokens { get; set; }

    /// <summary>The tokens that an unlimited cache, which all servers share, would have had.</summary>
    public int KnownTokens { get; init; }
}
