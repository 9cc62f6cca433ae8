namespace Penstock.Engines;

/// <summary>Something that a server's callers notice.</summary>
/// <param name="Kind">What.</param>
/// <param name="Call">Whose.</param>
/// <param name="At">When, in microseconds.</param>
/// <param name="CachedTokens">Tokens of the prompt that it did not have to read (<c>cached_tokens</c>).</param>
/// <param name="BegunAt">When the server began with the call, in microseconds: until then it waited.</param>
internal readonly record struct EngineEvent(EngineEventKind Kind, EngineCall Call, long At, int CachedTokens, long BegunAt);
