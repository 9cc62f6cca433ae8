namespace Penstock.Backends;

/// <summary>A slot of llama.cpp at one moment.</summary>
/// <param name="Id">Its number, from 0.</param>
/// <param name="IsProcessing">Whether it works.</param>
/// <param name="ContextTokens">How many tokens it holds at most (<c>n_ctx</c>); 0: it does not say.</param>
internal readonly record struct SlotReading(int Id, bool IsProcessing, int ContextTokens);
