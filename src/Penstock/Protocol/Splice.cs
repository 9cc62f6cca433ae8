using System.Buffers;
using System.Runtime.CompilerServices;

namespace Penstock.Protocol;

/// <summary>
/// A few edits to a JSON body that is otherwise passed on byte for byte: what is replaced, what is inserted, in the
/// order of their places. Nothing is copied until it is written.
/// </summary>
internal struct Splice
{
    private Edits _edits;
    private int _count;

    /// <summary>By how many bytes the result is longer than the source.</summary>
    public int Growth { get; private set; }

    public readonly bool IsEmpty => _count == 0;

    public readonly int Count => _count;

    public void Insert(int at, ReadOnlyMemory<byte> text) => Replace(new JsonSpan(at, 0), text);

    /// <summary>Replaces a span; spans may not overlap. Edits at one place are made in the order of these calls.</summary>
    public void Replace(JsonSpan span, ReadOnlyMemory<byte> text)
    {
        if (_count == Edits.Capacity) throw new InvalidOperationException("A splice has room for few edits only.");
        var at = _count++;
        for (; at > 0 && _edits[at - 1].Span.Start > span.Start; at--) _edits[at] = _edits[at - 1];
        _edits[at] = new Edit(span, text);
        Growth += text.Length - span.Length;
    }

    /// <summary>Writes the edited source into a span of <c>source.Length + Growth</c> bytes.</summary>
    public readonly void CopyTo(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var from = 0;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var edit = ref _edits[i];
            var kept = source[from..edit.Span.Start];
            kept.CopyTo(destination);
            edit.Text.Span.CopyTo(destination = destination[kept.Length..]);
            destination = destination[edit.Text.Length..];
            from = edit.Span.End;
        }

        source[from..].CopyTo(destination);
    }

    public readonly void WriteTo(ReadOnlySpan<byte> source, IBufferWriter<byte> output)
    {
        var from = 0;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var edit = ref _edits[i];
            output.Write(source[from..edit.Span.Start]);
            output.Write(edit.Text.Span);
            from = edit.Span.End;
        }

        output.Write(source[from..]);
    }

    /// <summary>Writes to a stream without joining the pieces, for bodies that are worth not copying.</summary>
    public readonly async ValueTask WriteToAsync(ReadOnlyMemory<byte> source, Stream output, CancellationToken cancellationToken)
    {
        var from = 0;
        for (var i = 0; i < _count; i++)
        {
            var edit = _edits[i];
            if (edit.Span.Start > from)
                await output.WriteAsync(source[from..edit.Span.Start], cancellationToken);
            if (!edit.Text.IsEmpty) await output.WriteAsync(edit.Text, cancellationToken);
            from = edit.Span.End;
        }

        if (from < source.Length) await output.WriteAsync(source[from..], cancellationToken);
    }

    private readonly record struct Edit(JsonSpan Span, ReadOnlyMemory<byte> Text);

    // A request has three at most (model, stream_options, id_slot), an answer two (id, backend), twice that when keys repeat.
    [InlineArray(Capacity)]
    private struct Edits
    {
        public const int Capacity = 4;
        private Edit _first;
    }
}
