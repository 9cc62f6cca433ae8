namespace Penstock.Protocol;

/// <summary>One string in a chunk's deltas.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Lane">Which text it adds to: the same number for the same place in every chunk, whoever sent it.</param>
/// <param name="Value">The string.</param>
/// <param name="Member">From its name to its value.</param>
internal readonly record struct ChunkLeaf(ChunkLeafKind Kind, ulong Lane, JsonString Value, JsonSpan Member);
