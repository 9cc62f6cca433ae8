using System.Buffers.Text;
using System.Text;

namespace Penstock.Bench.Http;

/// <summary>What a request's or an answer's head says about where its body ends.</summary>
internal readonly struct Head
{
    /// <summary>The head's size with its empty line; 0 while it is not complete.</summary>
    public int Length { get; private init; }

    /// <summary>The declared body length in bytes; -1 where none is declared.</summary>
    public long ContentLength { get; private init; }

    public bool Chunked { get; private init; }

    /// <summary>The sender closes the connection after this message.</summary>
    public bool Close { get; private init; }

    /// <summary>The sender waits for a 100 before it sends the body (RFC 9110, 10.1.1).</summary>
    public bool ExpectsContinue { get; private init; }

    public static Head Parse(ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return default;

        long contentLength = -1;
        bool chunked = false, close = false, expects = false;
        var rest = data[..(end + 2)];
        rest = rest[(rest.IndexOf("\r\n"u8) + 2)..];
        while (!rest.IsEmpty)
        {
            var eol = rest.IndexOf("\r\n"u8);
            var line = rest[..eol];
            rest = rest[(eol + 2)..];
            if (TryValue(line, "content-length:"u8, out var value))
            {
                if (!Utf8Parser.TryParse(value, out contentLength, out _))
                    contentLength = -1;
            }
            else if (TryValue(line, "transfer-encoding:"u8, out value))
            {
                chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
            }
            else if (TryValue(line, "connection:"u8, out value))
            {
                close = Ascii.EqualsIgnoreCase(value, "close"u8);
            }
            else if (TryValue(line, "expect:"u8, out _))
            {
                expects = true;
            }
        }

        return new Head
        {
            Length = end + 4,
            ContentLength = contentLength,
            Chunked = chunked,
            Close = close,
            ExpectsContinue = expects,
        };
    }

    private static bool TryValue(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        // The last letter first: most lines are other headers, and this tells them apart cheapest.
        if (line.Length < name.Length || line[name.Length - 1] != (byte)':')
            return false;
        if (!Ascii.EqualsIgnoreCase(line[..name.Length], name))
            return false;
        value = line[name.Length..].Trim((byte)' ');
        return true;
    }
}
