namespace Penstock.Server.Mock;

/// <summary>What is the same in every chunk of one answer.</summary>
internal readonly record struct CompletionHead(
    string Id, long Created, string Model, int PromptTokens, int CompletionTokens, bool IncludeUsage);
