namespace Penstock.Routing;

/// <summary>What a policy may know of a prompt: never its text.</summary>
/// <param name="blocks">
/// A hash for each whole block of the prompt, in the order in which a model reads it, each of all that comes before its end
/// as well: two prompts that have a hash in common begin with the same bytes.
/// </param>
/// <param name="tokens">How many tokens it is expected to have.</param>
/// <param name="outputTokens">How many its answer is expected to have.</param>
/// <param name="session">A hash of what the caller says of the conversation that it belongs to; 0: it says nothing.</param>
internal sealed class PromptShape(ReadOnlyMemory<ulong> blocks, double tokens, double outputTokens, ulong session)
{
    public ReadOnlySpan<ulong> Blocks => blocks.Span;
    public double Tokens => tokens;
    public double OutputTokens => outputTokens;
    public ulong Session => session;
}
