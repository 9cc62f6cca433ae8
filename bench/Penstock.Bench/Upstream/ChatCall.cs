using System.Buffers.Text;
using Penstock.Bench.Http;

namespace Penstock.Bench.Upstream;

/// <summary>One request, read only as far as the mock upstream needs.</summary>
internal readonly ref struct ChatCall
{
    /// <summary>How many bytes the request takes; 0 while it is not complete.</summary>
    public int Length { get; private init; }

    public bool IsPost { get; private init; }

    public ReadOnlySpan<byte> Path { get; private init; }

    public bool Streamed { get; private init; }

    public bool WantsUsage { get; private init; }

    /// <summary>The caller will not send the body before it has seen a 100.</summary>
    public bool NeedsContinue { get; private init; }

    public static ChatCall Parse(ReadOnlySpan<byte> data)
    {
        var head = Head.Parse(data);
        if (head.Length == 0)
            return default;

        var body = data[head.Length..];
        int bodyLength;
        if (head.Chunked)
        {
            bodyLength = ChunkedLength(body);
        }
        else
        {
            var declared = Math.Max(0, head.ContentLength);
            bodyLength = body.Length >= declared ? (int)declared : -1;
        }

        if (bodyLength < 0)
            return new ChatCall { NeedsContinue = head.ExpectsContinue && body.IsEmpty };

        body = body[..bodyLength];
        var line = data[..data.IndexOf("\r\n"u8)];
        var target = line[(line.IndexOf((byte)' ') + 1)..];
        return new ChatCall
        {
            Length = head.Length + bodyLength,
            IsPost = line.StartsWith("POST "u8),
            Path = target[..Math.Max(0, target.IndexOf((byte)' '))],
            // Inside a string the quotes would be escaped, so these bytes are a member wherever they stand.
            Streamed = body.IndexOf("\"stream\":true"u8) >= 0 || body.IndexOf("\"stream\": true"u8) >= 0,
            WantsUsage = body.IndexOf("\"include_usage\":true"u8) >= 0 || body.IndexOf("\"include_usage\": true"u8) >= 0,
        };
    }

    /// <summary>How many bytes a chunked body takes, its last line included; -1 while it is not complete.</summary>
    private static int ChunkedLength(ReadOnlySpan<byte> body)
    {
        var at = 0;
        while (true)
        {
            var eol = body[at..].IndexOf("\r\n"u8);
            if (eol < 0 || !Utf8Parser.TryParse(body.Slice(at, eol), out int size, out _, 'x'))
                return -1;
            at += eol + 2 + size + 2;
            if (at > body.Length)
                return -1;
            if (size == 0)
                return at;
        }
    }
}
