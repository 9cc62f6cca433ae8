using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>
/// What was asked and what is answered, as hashes: the next request of the same conversation begins with both. It lives as long
/// as the call.
/// </summary>
internal sealed class Conversation : IDisposable
{
    private readonly PrefixChain _chain;
    private bool _hasAnswer;
    private bool _isLost;

    /// <param name="json">The request's body.</param>
    /// <param name="request">What was parsed from it.</param>
    /// <param name="model">The model that it goes to, as a JSON string token; null: the one that it asks for.</param>
    /// <param name="tokens">How many tokens its prompt is expected to have.</param>
    /// <param name="outputTokens">How many its answer is expected to have.</param>
    /// <param name="session">A hash of what the caller says of the conversation; 0: nothing.</param>
    /// <param name="slot">What it says of slots.</param>
    public Conversation(
        ReadOnlySpan<byte> json, in ChatRequest request, byte[]? model, double tokens, double outputTokens, ulong session, SlotWish slot = default)
    {
        _chain = new PrefixChain(json.Length);
        CanonicalPrompt.Write(json, request, _chain, model);
        // Of several texts, or the end of one, what a server reads does not begin as all of it does.
        _isLost = request.IsTruncated || request.Prompts > 1 || request.Inputs > 1;
        Prompt = new PromptShape(_isLost || request.IsReadAnew ? default : _chain.Blocks, tokens, outputTokens, session)
        {
            // What is read anew is nowhere, and where it was read afterwards.
            WithAnswer = _isLost ? default : _chain.Blocks,
            Tail = _chain.Tail,
            Slot = slot,
            CoveredTokens = tokens * (1 - Math.Min(1, _chain.Omitted / (double)Math.Max(1, request.PromptBytes))),
            IsWhole = _chain.IsWhole,
            IsAnsweredWhole = !request.Stream,
        };
    }

    public PromptShape Prompt { get; }

    /// <summary>A part of the answer goes to the caller.</summary>
    /// <param name="json">The answer, or a chunk of it.</param>
    /// <param name="facts">What is in it.</param>
    public void Answer(ReadOnlySpan<byte> json, in AnswerFacts facts)
    {
        if (_isLost || !facts.HasContent) return;
        if (facts.HasOtherContent || !facts.Text.Token.IsPresent)
        {
            // How a template lays out anything but text is not known here: what follows would be at another place.
            _isLost = true;
            return;
        }

        if (!_hasAnswer) CanonicalPrompt.BeginAnswer(_chain);
        _hasAnswer = true;
        _chain.AppendString(facts.Text.Raw(json));
        Prompt.WithAnswer = _chain.Blocks;
    }

    public void Dispose()
    {
        Prompt.Await(null);
        _chain.Dispose();
    }
}
