using System.Buffers;

namespace Penstock.Protocol;

/// <summary>
/// Any number of edits to a JSON text, for what happens rarely: the few that every request has are a
/// <see cref="Splice"/>'s, which copies nothing until it is written.
/// </summary>
internal sealed class JsonEdits
{
    private readonly List<(JsonSpan Span, byte[] Text)> _edits = [];

    public void Clear() => _edits.Clear();

    /// <summary>Replaces a span; false where it overlaps one that was replaced before it.</summary>
    public bool TryReplace(JsonSpan span, ReadOnlySpan<byte> text)
    {
        if (_edits.Exists(e => span.Start < e.Span.End && e.Span.Start < span.End)) return false;
        _edits.Add((span, text.ToArray()));
        return true;
    }

    public void Insert(int at, ReadOnlySpan<byte> text) => _edits.Add((new JsonSpan(at, 0), text.ToArray()));

    /// <summary>The edited text.</summary>
    public byte[] Apply(ReadOnlySpan<byte> source)
    {
        _edits.Sort((one, other) => one.Span.Start.CompareTo(other.Span.Start));
        var output = new ArrayBufferWriter<byte>(source.Length + 128);
        var from = 0;
        foreach (var (span, text) in _edits)
        {
            output.Write(source[from..span.Start]);
            output.Write(text);
            from = span.End;
        }

        output.Write(source[from..]);
        return output.WrittenSpan.ToArray();
    }
}
