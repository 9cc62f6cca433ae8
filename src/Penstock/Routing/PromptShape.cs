using Penstock.Routing.Prefix;

namespace Penstock.Routing;

/// <summary>What a policy may know of a prompt: never its text.</summary>
/// <param name="blocks">
/// A hash for each whole block of the prompt, in the order in which a model reads it, each of all that comes before its end
/// as well: two prompts that have a hash in common begin with the same bytes. None, where no server will use what it has.
/// </param>
/// <param name="tokens">How many tokens it is expected to have.</param>
/// <param name="outputTokens">How many its answer is expected to have.</param>
/// <param name="session">A hash of what the caller says of the conversation that it belongs to; 0: it says nothing.</param>
internal sealed class PromptShape(ReadOnlyMemory<ulong> blocks, double tokens, double outputTokens, ulong session)
{
    /// <summary>Tokens that a block has in most texts.</summary>
    public const double UsualBlockTokens = 64;

    // 1 KiB: the same in each turn of a conversation.
    private const int KeyBlocks = 4;

    // A prompt counts as if it had so many usual blocks besides: it may have few of its own, or none.
    private const double UsualBlocks = 2;

    private readonly ReadOnlyMemory<ulong> _blocks = blocks;
    private ServerPace? _awaited;
    private long _turn;

    public ReadOnlySpan<ulong> Blocks => _blocks.Span;
    public double Tokens { get; } = tokens;
    public double OutputTokens => outputTokens;
    public ulong Session => session;

    /// <summary>Whether the answer comes at once, when it is whole: then nothing tells when the prompt was read.</summary>
    public bool IsAnsweredWhole { get; init; }

    /// <summary>A hash of what comes after the last whole block; 0: nothing does.</summary>
    public ulong Tail { get; init; }

    /// <summary>What its call says of slots.</summary>
    public SlotWish Slot { get; init; }

    /// <summary>What stands for it where only its beginning counts.</summary>
    public ulong Beginning => _blocks.Length == 0 ? Tail : _blocks.Span[Math.Min(_blocks.Length, KeyBlocks) - 1];

    /// <summary>
    /// What stands for it among servers that have its beginning: the first block that none of them has. So conversations under
    /// one system prompt are told apart, and siblings that nobody knows yet are not.
    /// </summary>
    /// <param name="depth">How many of its blocks the one has that has most.</param>
    public ulong After(int depth) => depth < _blocks.Length ? _blocks.Span[depth] : Tail != 0 || _blocks.Length == 0 ? Tail : _blocks.Span[^1];

    /// <summary>The prompt's blocks and, when it is there, the answer's: what the conversation's next prompt begins with.</summary>
    public ReadOnlyMemory<ulong> WithAnswer { get; set; } = blocks;

    /// <summary>Those of its tokens that are in its blocks, or follow on them: no others can be found in a cache.</summary>
    public double CoveredTokens { get; init; } = tokens;

    /// <summary>Whether a server reads nothing else than what its blocks have: no images, and no text that is not laid out.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>Tokens to a block. What fills no block counts as half of one.</summary>
    public double BlockTokens => _blocks.IsEmpty ? UsualBlockTokens : (CoveredTokens + (UsualBlocks * UsualBlockTokens)) / (_blocks.Length + 0.5 + UsualBlocks);

    /// <summary>Says for which server's seat the call stands in line, so that others can reckon with it.</summary>
    /// <param name="server">The server; null: for none, or for whichever is free first.</param>
    public void Await(ServerPace? server)
    {
        if (server == _awaited) return;
        _turn = server?.Join() ?? 0;
        Interlocked.Exchange(ref _awaited, server)?.Part();
    }

    /// <summary>How many calls stand in line for a seat of a server before this one: not itself, and nobody who came to wait for it later.</summary>
    public int CallsBefore(ServerPace server) => _awaited == server ? server.AwaitingBefore(_turn) : server.Awaiting;
}
