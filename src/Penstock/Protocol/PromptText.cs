namespace Penstock.Protocol;

/// <summary>
/// Counts the text of a prompt, wherever in a request it is: what its tokens are estimated by. Images, audio and files are
/// not text, however many characters stand for them.
/// </summary>
internal static class PromptText
{
    /// <summary>Skips the next value and counts the bytes of its strings, as they stand in the JSON, and of its numbers.</summary>
    /// <param name="cursor">Stands before a value; behind it afterwards.</param>
    /// <param name="json">What the cursor reads.</param>
    /// <param name="mayBeBinary">Whether there can be images and the like: not in tools, all of which a model reads.</param>
    /// <param name="bytes">Grows by the number.</param>
    /// <returns>False where the JSON is broken.</returns>
    public static bool Skip(ref JsonCursor cursor, ReadOnlySpan<byte> json, bool mayBeBinary, ref long bytes)
    {
        switch (cursor.Peek())
        {
            case (byte)'{':
                cursor.BeginObject();
                while (cursor.NextMember(out var name))
                {
                    if (!SkipMember(ref cursor, json, name, mayBeBinary, ref bytes)) return false;
                }

                return !cursor.HasFailed;
            case (byte)'[':
                cursor.BeginArray();
                while (cursor.NextElement())
                {
                    if (!Skip(ref cursor, json, mayBeBinary, ref bytes)) return false;
                }

                return !cursor.HasFailed;
            case (byte)'"':
                if (!cursor.SkipValue(out var text)) return false;
                bytes += text.Length - 2;
                return true;
            case (byte)'t' or (byte)'f' or (byte)'n':
                return cursor.SkipValue();
            default:
                // A prompt may be tokens already: each number is one, as many as four bytes of text are.
                bytes += 4;
                return cursor.SkipValue();
        }
    }

    /// <summary>Skips the value of a member of an object, as <see cref="Skip"/> does.</summary>
    public static bool SkipMember(ref JsonCursor cursor, ReadOnlySpan<byte> json, JsonString name, bool mayBeBinary, ref long bytes) =>
        mayBeBinary && IsBinary(name, json, cursor.Peek()) ? cursor.SkipValue() : Skip(ref cursor, json, mayBeBinary, ref bytes);

    // image_url: { url: data:… }, input_audio: { data: … }, file: { file_data: … }; in the responses API image_url: data:….
    private static bool IsBinary(JsonString name, ReadOnlySpan<byte> json, byte value) => value == (byte)'"'
        ? name.Is(json, "image_url"u8) || name.Is(json, "data"u8) || name.Is(json, "file_data"u8)
        : value == (byte)'{' && name.Is(json, "image_url"u8);
}
