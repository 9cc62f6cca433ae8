using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>
/// What was asked and what is answered, as hashes: the next request of the same conversation begins with both. It lives as long
/// as the call.
/// </summary>
internal sealed class Conversation : IDisposable
{
    private readonly JsonBody _body;
    private readonly byte[]? _model;
    private readonly ulong _session;
    private readonly PrefixChain _chain;
    private bool _hasAnswer;
    private bool _isLost;

    // The same for another model, which most calls are never asked for: a fallback's.
    private Conversation? _next;

    /// <param name="body">The request.</param>
    /// <param name="model">The model that it goes to, as a JSON string token; null: the one that it asks for.</param>
    /// <param name="tokens">How many tokens its prompt is expected to have.</param>
    /// <param name="outputTokens">How many its answer is expected to have.</param>
    /// <param name="session">A hash of what the caller says of the conversation; 0: nothing.</param>
    /// <param name="slot">What it says of slots.</param>
    public Conversation(JsonBody body, byte[]? model, double tokens, double outputTokens, ulong session, SlotWish slot = default)
    {
        var request = body.Request;
        (_body, _model, _session) = (body, model, session);
        _chain = new PrefixChain(body.Json.Length);
        CanonicalPrompt.Write(body.Json, request, _chain, model);
        // Of several texts, or the end of one, what a server reads does not begin as all of it does.
        _isLost = request.IsTruncated || request.Prompts > 1 || request.Inputs > 1;
        // Servers that are asked for several models keep what these have apart.
        var hint = session == 0 ? 0 : BlockHash.Mix(session, BlockHash.Of(TokenOf(model)));
        Prompt = new PromptShape(_isLost || request.IsReadAnew ? default : _chain.Blocks, tokens, outputTokens, hint)
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

    // Of an answer that has begun the beginning is missing here.
    private Conversation(Conversation other, byte[]? model)
        : this(other._body, model, other.Prompt.Tokens, other.Prompt.OutputTokens, other._session, other.Prompt.Slot) =>
        _isLost |= other._isLost || other._hasAnswer;

    /// <summary>The prompt as the first model gets it.</summary>
    public PromptShape Prompt { get; }

    /// <summary>
    /// The prompt as a pool's servers get it, who may be asked for a model of their own: what they have cached begins with its
    /// name. One caller at a time may ask for what nobody has asked for before.
    /// </summary>
    public PromptShape PromptFor(Pool pool) => pool.ReadsPrompts ? Of(pool.ModelToken).Prompt : Prompt;

    /// <summary>The call has a seat: it stands in line for none, of whichever pool.</summary>
    public void TookSeat()
    {
        if (_next is null) return;
        for (var one = this; one is not null; one = one._next) one.Prompt.Await(null);
    }

    /// <summary>A part of the answer goes to the caller.</summary>
    /// <param name="json">The answer, or a chunk of it.</param>
    /// <param name="facts">What is in it.</param>
    public void Answer(ReadOnlySpan<byte> json, in AnswerFacts facts)
    {
        for (var one = this; one is not null; one = one._next) one.Append(json, facts);
    }

    public void Dispose()
    {
        for (var one = this; one is not null; one = one._next)
        {
            one.Prompt.Await(null);
            one._chain.Dispose();
        }
    }

    private Conversation Of(byte[]? model)
    {
        var one = this;
        while (!one.IsFor(model)) one = one._next ??= new Conversation(this, model);
        return one;
    }

    // By whatever name it was asked for.
    private bool IsFor(byte[]? model) => model == _model || TokenOf(model).SequenceEqual(TokenOf(_model));

    private ReadOnlySpan<byte> TokenOf(byte[]? model) => model ?? _body.Request.Model.Of(_body.Json);

    private void Append(ReadOnlySpan<byte> json, in AnswerFacts facts)
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
}
