namespace Penstock.Protocol;

/// <summary>
/// What a call used, in the backend's tokens. OpenAI's chat, completions and embeddings say <c>prompt_tokens</c>
/// and <c>completion_tokens</c>; its responses and audio say <c>input_tokens</c> and <c>output_tokens</c>.
/// </summary>
internal readonly record struct TokenUsage(long PromptTokens, long CompletionTokens);
