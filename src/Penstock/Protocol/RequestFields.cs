namespace Penstock.Protocol;

/// <summary>The top-level fields of a request that the gateway reads, as a set.</summary>
[Flags]
internal enum RequestFields : ulong
{
    None = 0,
    Model = 1,
    Stream = 2,
    StreamOptions = 4,
    Messages = 8,
    MaxTokens = 16,
    MaxCompletionTokens = 32,
    Temperature = 64,
    TopP = 128,
    N = 256,
    Stop = 512,
    Prompt = 1024,
    Input = 2048,
    Instructions = 4096,
    Tools = 8192,
    MaxOutputTokens = 16384,
    BestOf = 32768,
    Functions = 65536,
    Query = 131072,
    Documents = 262144,
    CacheSalt = 524288,
    PromptCacheKey = 1048576,
    User = 2097152,
    SlotId = 4194304,
    ChatTemplate = 8388608,
    ChatTemplateKwargs = 16777216,
    ToolChoice = 33554432,
    ReasoningEffort = 67108864,
    Reasoning = 134217728,
    TruncatePromptTokens = 268435456,
    PromptLogprobs = 536870912,
    Echo = 1073741824,
    CachePrompt = 2147483648,
    SkipReadingPrefixCache = 4294967296,

    /// <summary>Those that are only counted: what is there twice counts twice.</summary>
    Counted = Prompt | Input | Instructions | Tools | MaxOutputTokens | BestOf | Functions | Query | Documents
        | CacheSalt | PromptCacheKey | User | SlotId | ChatTemplate | ChatTemplateKwargs | ToolChoice | ReasoningEffort | Reasoning
        | TruncatePromptTokens | PromptLogprobs | Echo | CachePrompt | SkipReadingPrefixCache,
}
