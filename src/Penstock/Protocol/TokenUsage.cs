namespace Penstock.Protocol;

/// <summary>
/// What a call used, in the backend's tokens. OpenAI's chat, completions and embeddings say <c>prompt_tokens</c>
/// and <c>completion_tokens</c>; its responses and audio say <c>input_tokens</c> and <c>output_tokens</c>.
/// </summary>
/// <param name="PromptTokens">Of the prompt, cached ones included.</param>
/// <param name="CompletionTokens">Of the answer, reasoning included.</param>
/// <param name="CachedTokens">Those of the prompt that the server had in its cache; null: it does not say.</param>
/// <param name="ReasoningTokens">Those of the answer that are not shown.</param>
internal readonly record struct TokenUsage(long PromptTokens, long CompletionTokens, long? CachedTokens = null, long ReasoningTokens = 0);
