namespace Penstock.Server.Mock;

/// <summary>What llama.cpp says of an answer's time.</summary>
internal sealed record MockTimings(int CachedTokens, int PromptTokens, double PromptMilliseconds, double PredictedPerSecond);
