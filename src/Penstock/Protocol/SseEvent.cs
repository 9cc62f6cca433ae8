namespace Penstock.Protocol;

/// <summary>The place of one server-sent event in a buffer.</summary>
/// <param name="Raw">All its bytes: its lines, comments too, and the blank line that ends it.</param>
/// <param name="Data">From the first byte of its data to the last. With several data lines their ends and field names lie between.</param>
/// <param name="DataLines">How many data lines it has; 0 for comments and events without data.</param>
/// <param name="Name">The value of its <c>event</c> field; empty where it has none.</param>
internal readonly record struct SseEvent(JsonSpan Raw, JsonSpan Data, int DataLines, JsonSpan Name)
{
    /// <summary>The data, its lines joined.</summary>
    /// <param name="buffer">What the places refer to.</param>
    public ReadOnlySpan<byte> DataOf(ReadOnlySpan<byte> buffer) => DataLines > 1 ? SseData.Join(Data.Of(buffer)) : Data.Of(buffer);

    public static bool IsDone(ReadOnlySpan<byte> data) => data.SequenceEqual("[DONE]"u8);
}
