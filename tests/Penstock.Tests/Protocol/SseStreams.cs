using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Penstock.Protocol;

namespace Penstock.Tests.Protocol;

/// <summary>Generates event streams as servers and proxies send them, and reads them through the scanner in pieces.</summary>
internal static class SseStreams
{
    private static readonly Gen<string> Ending = Gen.Frequency(
        (4, Gen.Constant("\n")), (3, Gen.Constant("\r\n")), (2, Gen.Constant("\r")));

    private static readonly Gen<string> Line = Gen.Elements(
        "data: {\"a\":1}", "data:x", "data: ", "data:", "data", "data:  two", "data: [DONE]", "data: é😀", "database: x", "datax", " data: x",
        ": comment", ":", "event: delta", "event:x", "event", "eventual: x", "id: 7", "retry: 10", "", "", "", "", "\uFEFFdata: y", "\uFEFF", "\0");

    public static Gen<string> Text { get; } =
        from bom in Gen.Elements("", "", "", "\uFEFF")
        from lines in Gen.Zip(Line, Ending).ListOf().Resize(20)
        from rest in Gen.Frequency((2, Gen.Constant("")), (1, Line))
        select bom + string.Concat(lines.Select(l => l.Item1 + l.Item2)) + rest;

    /// <summary>A stream, and the lengths of the reads that it comes in.</summary>
    public static Gen<(byte[] Bytes, int[] Reads)> InReads { get; } =
        from text in Text
        from longest in Gen.Elements(1, 2, 3, 8, 64)
        from reads in Gen.Choose(1, longest).ArrayOf(Encoding.UTF8.GetByteCount(text))
        select (Encoding.UTF8.GetBytes(text), reads);

    /// <summary>All events, each with copies of its bytes; what was not handed out at the end is in the last, with no data.</summary>
    public static List<Found> Scan(byte[] stream, int[]? reads = null, bool withLast = false)
    {
        var found = new List<Found>();
        var scanner = new SseScanner();
        var buffer = new List<byte>();
        var read = 0;
        for (var at = 0; at < stream.Length;)
        {
            var count = reads is null ? stream.Length : Math.Min(reads[read++], stream.Length - at);
            buffer.AddRange(stream.AsSpan(at, count));
            at += count;
            var bytes = buffer.ToArray();
            while (scanner.TryRead(bytes, out var next)) found.Add(new Found(bytes, next));
            // Every other read drops what was handed out, as the reader of a connection does.
            var consumed = scanner.Consumed;
            if (read % 2 == 1 || consumed == 0) continue;
            buffer.RemoveRange(0, consumed);
            scanner.Shift(consumed);
        }

        var rest = buffer.ToArray();
        if (withLast && scanner.TryReadLast(rest, out var last)) found.Add(new Found(rest, last));
        else found.Add(new Found(rest, new SseEvent(new JsonSpan(scanner.Consumed, rest.Length - scanner.Consumed), default, 0, default)));
        return found;
    }

    internal sealed class Found(byte[] buffer, SseEvent found)
    {
        public byte[] Raw { get; } = found.Raw.Of(buffer).ToArray();
        public int DataLines => found.DataLines;
        public string Name { get; } = Encoding.UTF8.GetString(found.Name.Of(buffer));

        /// <summary>As a reader takes it: one line as it lies there, several joined.</summary>
        public string Data { get; } = Encoding.UTF8.GetString(
            found.DataLines == 1 ? found.Data.Of(buffer).ToArray() : SseData.Join(found.Data.Of(buffer)));

        public byte[] DataSpan { get; } = found.Data.Of(buffer).ToArray();
    }
}
