namespace Penstock.Protocol;

/// <summary>
/// What the gateway needs to know of a JSON request: a few values, and the places of others in the body, which
/// itself stays as it came. Chat requests have all of it; those that are only routed have model and stream.
/// </summary>
internal struct ChatRequest
{
    /// <summary>The string token of <c>model</c>, with its quotes.</summary>
    public JsonSpan Model;

    /// <summary>Whether <c>stream</c> is true.</summary>
    public bool Stream;

    /// <summary>The value of <c>stream_options</c>: an object or null.</summary>
    public JsonSpan StreamOptions;

    /// <summary>The value of <c>stream_options.include_usage</c>: true, false or null.</summary>
    public JsonSpan IncludeUsageValue;

    /// <summary>Whether <c>stream_options.include_usage</c> is true.</summary>
    public bool IncludeUsage;

    /// <summary>
    /// The largest of <c>max_completion_tokens</c>, <c>max_tokens</c> and <c>max_output_tokens</c>: tokens, positive; null
    /// where none is a number. Which of two a server obeys is not known, so that the smaller one promises nothing.
    /// </summary>
    public long? MaxTokens;

    /// <summary><c>n</c>, the choices that are asked for; 0 where it is not said, or nonsense.</summary>
    public int Choices;

    /// <summary>How many prompts a <c>prompt</c> has: each gets answers of its own. 0 where there is none.</summary>
    public int Prompts;

    /// <summary>How many texts an <c>input</c> has (embeddings); 0 where it is one, or messages.</summary>
    public int Inputs;

    /// <summary>Whether a server reads some end of the prompt only: <c>truncate_prompt_tokens</c> (vLLM).</summary>
    public bool IsTruncated;

    /// <summary>
    /// Whether a server reads all of the prompt, whatever it has of it in its cache: <c>prompt_logprobs</c>, <c>echo</c>, which
    /// means the same with <c>logprobs</c>, <c>skip_reading_prefix_cache</c> (vLLM), a <c>cache_prompt</c> of false (llama.cpp).
    /// </summary>
    public bool IsReadAnew;

    /// <summary><c>best_of</c>, or an <c>n</c> that is too large: how many a completion is to be chosen from; 0 where it is not said, or nonsense.</summary>
    public int BestOf;

    /// <summary>The length of all text that a model is to read: messages, tools, a prompt, an input. Bytes, as they stand in the JSON.</summary>
    public long PromptBytes;

    /// <summary>What besides messages is a prompt, or a part of one, wherever it is; tools are <c>functions</c>, too.</summary>
    public JsonSpan Tools, Prompt, Input, Instructions;

    /// <summary><c>cache_salt</c>: prompts with another one share no cache (vLLM).</summary>
    public JsonSpan CacheSalt;

    /// <summary>A hash of what a template is told besides (<c>chat_template_kwargs</c> and the like), which changes the prompt from its beginning; 0: nothing.</summary>
    public ulong TemplateDigest;

    /// <summary>Of <see cref="PromptBytes"/> those of a <c>query</c> and of <c>documents</c>: what order they are read in is not known.</summary>
    public long LooseBytes;

    /// <summary>What a caller says of the conversation or the user that a call belongs to: strings, each in its quotes.</summary>
    public JsonSpan PromptCacheKey, User;

    /// <summary><c>id_slot</c>: the slot that the caller wants (llama.cpp).</summary>
    public JsonSpan SlotId;

    /// <summary>The array of messages, and how many it has.</summary>
    public JsonSpan Messages;

    public int MessageCount;

    /// <summary>The <c>content</c> of the last message whose role is <c>user</c>: a string, an array or null.</summary>
    public JsonSpan LastUserContent;

    /// <summary>Whether somewhere in the body a character is escaped that has a shorter form, so that the same text can be written in two ways.</summary>
    public bool HasLongEscapes;

    /// <summary>The brace that opens the body's object.</summary>
    public int ObjectStart;

    /// <summary>The brace that closes it.</summary>
    public int ObjectEnd;

    /// <summary>Whether the object has no member at all, so that nothing inserted needs a comma.</summary>
    public bool IsEmptyObject;
}
