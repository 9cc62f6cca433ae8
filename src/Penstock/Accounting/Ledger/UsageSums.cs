namespace Penstock.Accounting.Ledger;

/// <summary>What several calls used.</summary>
internal readonly record struct UsageSums(
    long Requests, long Errors, long PromptTokens, long CachedTokens, long CompletionTokens, long ReasoningTokens, long CostPico)
{
    public static UsageSums operator +(UsageSums a, UsageSums b) => new(
        a.Requests + b.Requests, a.Errors + b.Errors, a.PromptTokens + b.PromptTokens, a.CachedTokens + b.CachedTokens,
        a.CompletionTokens + b.CompletionTokens, a.ReasoningTokens + b.ReasoningTokens, a.CostPico + b.CostPico);

    public static UsageSums Of(UsageRecord record) => new(
        1, record.Error is null ? 0 : 1, record.PromptTokens, record.CachedTokens, record.CompletionTokens, record.ReasoningTokens, record.CostPico);
}
