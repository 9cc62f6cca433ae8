namespace Penstock.Protocol;

/// <summary>The place of a JSON token or value in a body: byte offsets, quotes and brackets included.</summary>
/// <param name="Start">The first byte.</param>
/// <param name="Length">How many bytes; 0 where there is no such value.</param>
internal readonly record struct JsonSpan(int Start, int Length)
{
    public int End => Start + Length;

    /// <summary>No JSON value is empty, so an empty span means that there is none.</summary>
    public bool IsPresent => Length > 0;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> json) => json.Slice(Start, Length);
}
