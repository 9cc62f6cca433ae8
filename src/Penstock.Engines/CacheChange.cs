namespace Penstock.Engines;

/// <summary>A block of a cache becomes known or is forgotten: what vLLM publishes as its KV events.</summary>
/// <param name="Block">Its hash.</param>
/// <param name="IsKnown">Whether others can use it from now on; else it is gone.</param>
internal readonly record struct CacheChange(ulong Block, bool IsKnown);
