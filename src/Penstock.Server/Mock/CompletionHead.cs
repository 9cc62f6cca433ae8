namespace Penstock.Server.Mock;

/// <summary>What is the same in every chunk of one answer.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Created">When it was made, in seconds since 1970.</param>
/// <param name="Model">The model that was asked for.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CompletionTokens">Tokens of the answer.</param>
/// <param name="IncludeUsage">Whether a stream ends with its usage.</param>
/// <param name="CachedTokens">Tokens of the prompt that were in the cache; null: it does not say.</param>
/// <param name="Timings">What llama.cpp says of the time; null: it is not llama.cpp.</param>
internal readonly record struct CompletionHead(
    string Id, long Created, string Model, int PromptTokens, int CompletionTokens, bool IncludeUsage, int? CachedTokens = null, MockTimings? Timings = null);
