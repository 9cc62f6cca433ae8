namespace Penstock.Protocol;

/// <summary>What llama.cpp says of the time that an answer took (<c>timings</c>). What it leaves out is 0.</summary>
/// <param name="CachedTokens">Tokens of the prompt that were in its cache (<c>cache_n</c>).</param>
/// <param name="PromptTokens">Tokens of the prompt that it read, without those (<c>prompt_n</c>).</param>
/// <param name="PromptMilliseconds">How long it read them (<c>prompt_ms</c>).</param>
/// <param name="PredictedPerSecond">Tokens of the answer in a second (<c>predicted_per_second</c>).</param>
internal readonly record struct AnswerTimings(long CachedTokens, long PromptTokens, double PromptMilliseconds, double PredictedPerSecond);
