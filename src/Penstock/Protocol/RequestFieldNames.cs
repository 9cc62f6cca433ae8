using System.Text;

namespace Penstock.Protocol;

/// <summary>Finds out which of the fields that the gateway reads a property is.</summary>
internal static class RequestFieldNames
{
    private const int LongestName = 25;

    /// <summary>
    /// Finds the field of a name; escaped names are decoded. A name in another case is not the field, but it is
    /// reported (<paramref name="exact"/> false), because some backends take it for the field (Go's encoding/json
    /// matches <c>MODEL</c> to <c>model</c>): beside the real one it is a duplicate.
    /// </summary>
    public static RequestFields Identify(ReadOnlySpan<byte> json, JsonString name, out bool exact)
    {
        var raw = name.Raw(json);
        if (!name.IsEscaped && Ascii.IsValid(raw)) return Identify(raw, out exact);

        exact = false;
        Span<byte> ascii = stackalloc byte[LongestName];
        var length = JsonName.Fold(raw, ascii);
        return length < 0 ? RequestFields.None : Identify(ascii[..length], out exact);
    }

    public static string NameOf(RequestFields field) => Encoding.ASCII.GetString(Utf8NameOf(field));

    private static RequestFields Identify(ReadOnlySpan<byte> name, out bool exact)
    {
        exact = true;
        var field = name.IsEmpty ? RequestFields.None : OfLength(name.Length, (byte)(name[0] | 0x20), (byte)(name[^1] | 0x20), (byte)(name[name.Length / 2] | 0x20));
        if (field == RequestFields.None) return field;

        var expected = Utf8NameOf(field);
        if (name.SequenceEqual(expected)) return field;
        exact = false;
        return Ascii.EqualsIgnoreCase(name, expected) ? field : RequestFields.None;
    }

    // The length and, where several names have it, the first, the last or the middle letter leave at most one candidate.
    private static RequestFields OfLength(int length, byte first, byte last, byte middle) => length switch
    {
        1 => RequestFields.N,
        4 => last switch
        {
            (byte)'r' => RequestFields.User,
            (byte)'o' => RequestFields.Echo,
            _ => RequestFields.Stop,
        },
        5 => last switch
        {
            (byte)'l' => RequestFields.Model,
            (byte)'p' => RequestFields.TopP,
            (byte)'t' => RequestFields.Input,
            (byte)'y' => RequestFields.Query,
            _ => RequestFields.Tools,
        },
        6 => last == (byte)'m' ? RequestFields.Stream : RequestFields.Prompt,
        7 => first == (byte)'i' ? RequestFields.SlotId : RequestFields.BestOf,
        8 => RequestFields.Messages,
        9 => first switch
        {
            (byte)'d' => RequestFields.Documents,
            (byte)'r' => RequestFields.Reasoning,
            _ => RequestFields.Functions,
        },
        10 => first == (byte)'c' ? RequestFields.CacheSalt : RequestFields.MaxTokens,
        11 => middle == (byte)'c' ? RequestFields.ToolChoice : RequestFields.Temperature,
        12 => first == (byte)'c' ? RequestFields.CachePrompt : RequestFields.Instructions,
        13 => RequestFields.ChatTemplate,
        14 => RequestFields.StreamOptions,
        15 => RequestFields.PromptLogprobs,
        16 => first == (byte)'r' ? RequestFields.ReasoningEffort : RequestFields.PromptCacheKey,
        17 => RequestFields.MaxOutputTokens,
        20 => RequestFields.ChatTemplateKwargs,
        21 => RequestFields.MaxCompletionTokens,
        22 => RequestFields.TruncatePromptTokens,
        25 => RequestFields.SkipReadingPrefixCache,
        _ => RequestFields.None,
    };

    private static ReadOnlySpan<byte> Utf8NameOf(RequestFields field) => field switch
    {
        RequestFields.Model => "model"u8,
        RequestFields.Stream => "stream"u8,
        RequestFields.StreamOptions => "stream_options"u8,
        RequestFields.Messages => "messages"u8,
        RequestFields.MaxTokens => "max_tokens"u8,
        RequestFields.MaxCompletionTokens => "max_completion_tokens"u8,
        RequestFields.Temperature => "temperature"u8,
        RequestFields.TopP => "top_p"u8,
        RequestFields.N => "n"u8,
        RequestFields.Stop => "stop"u8,
        RequestFields.Prompt => "prompt"u8,
        RequestFields.Input => "input"u8,
        RequestFields.Instructions => "instructions"u8,
        RequestFields.Tools => "tools"u8,
        RequestFields.MaxOutputTokens => "max_output_tokens"u8,
        RequestFields.BestOf => "best_of"u8,
        RequestFields.Functions => "functions"u8,
        RequestFields.Query => "query"u8,
        RequestFields.Documents => "documents"u8,
        RequestFields.CacheSalt => "cache_salt"u8,
        RequestFields.PromptCacheKey => "prompt_cache_key"u8,
        RequestFields.User => "user"u8,
        RequestFields.SlotId => "id_slot"u8,
        RequestFields.ChatTemplate => "chat_template"u8,
        RequestFields.ChatTemplateKwargs => "chat_template_kwargs"u8,
        RequestFields.ToolChoice => "tool_choice"u8,
        RequestFields.ReasoningEffort => "reasoning_effort"u8,
        RequestFields.Reasoning => "reasoning"u8,
        RequestFields.TruncatePromptTokens => "truncate_prompt_tokens"u8,
        RequestFields.PromptLogprobs => "prompt_logprobs"u8,
        RequestFields.Echo => "echo"u8,
        RequestFields.CachePrompt => "cache_prompt"u8,
        RequestFields.SkipReadingPrefixCache => "skip_reading_prefix_cache"u8,
        _ => default,
    };
}
