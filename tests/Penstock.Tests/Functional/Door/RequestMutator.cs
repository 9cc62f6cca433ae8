using System.Globalization;
using System.Text;

namespace Penstock.Tests.Functional.Door;

/// <summary>Makes requests that are nearly right: the same ones for the same seed.</summary>
/// <param name="seed">Of the whole run.</param>
internal sealed class RequestMutator(int seed)
{
    private const int WithBody = 6;

    // Those that have a body come first.
    private static readonly (string Head, string Body)[] Originals =
    [
        ("POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n",
            """{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":[{"type":"text","text":"h\u00e9llo"}]}],"temperature":0.5,"max_tokens":16,"stop":["a","b"]}"""),
        ("POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: gateway\r\nX-Request-ID: r-1\r\nContent-Type: application/json; charset=utf-8\r\n",
            """{"model":"small","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"one two three"}]}"""),
        ("POST /v1/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n", """{"model":"m","prompt":["a","b"],"n":2}"""),
        ("POST /v1/embeddings HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n", """{"model":"m","input":["hello",[1,2,3]],"dimensions":4}"""),
        ("POST /v1/responses HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n", """{"model":"m","input":"hello","stream":true}"""),
        ("POST /v1/audio/transcriptions HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=zz\r\n",
            "--zz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--zz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n--zz--\r\n"),
        ("GET /v1/models HTTP/1.1\r\nHost: gateway\r\nAccept: */*\r\nOrigin: https://app.example.com\r\n", ""),
        ("GET /v1/models/org%2Fm HTTP/1.1\r\nHost: gateway\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n", ""),
        ("OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nOrigin: https://app.example.com\r\nAccess-Control-Request-Method: POST\r\n", ""),
        ("GET /metrics HTTP/1.1\r\nHost: gateway\r\nAccept: text/plain;q=0.5, application/json\r\n", ""),
        ("POST /admin/backends/echo/enable HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer admin-sekret\r\n", ""),
        ("GET /readyz HTTP/1.1\r\nHost: gateway\r\nCookie: a=b\r\n", ""),
    ];

    private static readonly byte[][] Spices =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", ";", "\"", "\\", "/", "%00", "%2e%2e/", "../", "?", "#", "\u001b[31m", "\u00e9", "\u007f", "é",
            "Content-Length: 5\r\n", "Content-Length: -1\r\n", "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
            "Expect: 100-continue\r\n", "Connection: close\r\n", "Connection: upgrade\r\nUpgrade: h2c\r\n", "Host: other\r\n", "X-Request-ID: a b\r\n", "HTTP/1.0", "HTTP/2.0", "HTTP/9.9",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "{", "}", "[", "]", "[[[[[[[[", "null", "true", "-0", "1e999", "\\u0000", "\\ud800", "\"model\":", "\"stream\":true,", "\"messages\":[]", "--zz",
            "FFFFFFFFFFFFFFFF1\r\n", "0\r\n\r\n", "-1\r\n", ";x=y",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFE], [0xC3], [0xED, 0xA0, 0x80],
        Encoding.ASCII.GetBytes(new string('9', 400)), Encoding.ASCII.GetBytes(new string('a', 9000)), Encoding.ASCII.GetBytes(new string('[', 200)),
    ];

    /// <summary>One of the run's requests.</summary>
    public MutatedRequest Create(int index)
    {
        var random = new Random(unchecked((seed * 1_000_003) ^ index));
        // Most of them are well framed: their bodies reach what reads them, and their connections live on.
        var isFramed = random.Next(100) < 65;
        var (head, body) = Originals[random.Next(isFramed ? WithBody : Originals.Length)];
        return isFramed ? Framed(random, head, body) : Raw(random, head, body);
    }

    private static MutatedRequest Framed(Random random, string head, string body)
    {
        var mutated = Mutate(random, Encoding.UTF8.GetBytes(body));
        var length = mutated.Length.ToString(CultureInfo.InvariantCulture);
        return random.Next(4) > 0
            ? new MutatedRequest([.. Encoding.UTF8.GetBytes($"{head}Content-Length: {length}\r\n\r\n"), .. mutated], IsFramed: true, IsCut: false)
            : new MutatedRequest([.. Encoding.UTF8.GetBytes($"{head}Transfer-Encoding: chunked\r\n\r\n"), .. Chunks(random, mutated)], IsFramed: true, IsCut: false);
    }

    private static MutatedRequest Raw(Random random, string head, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var whole = Mutate(random, body.Length == 0 ? Encoding.UTF8.GetBytes($"{head}\r\n")
            : random.Next(3) == 0 ? [.. Encoding.UTF8.GetBytes($"{head}Transfer-Encoding: chunked\r\n\r\n"), .. Chunks(random, bytes)]
            : [.. Encoding.UTF8.GetBytes($"{head}Content-Length: {bytes.Length}\r\n\r\n"), .. bytes]);
        var isCut = random.Next(8) == 0;
        return new MutatedRequest(isCut ? whole[..random.Next(whole.Length + 1)] : whole, IsFramed: false, isCut);
    }

    private static byte[] Chunks(Random random, byte[] body)
    {
        var chunks = new List<byte>();
        for (var at = 0; at < body.Length;)
        {
            var length = Math.Min(random.Next(1, 200), body.Length - at);
            chunks.AddRange(Encoding.ASCII.GetBytes($"{length:x}\r\n"));
            chunks.AddRange(body.AsSpan(at, length));
            chunks.AddRange("\r\n"u8);
            at += length;
        }

        chunks.AddRange("0\r\n\r\n"u8);
        return [.. chunks];
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        for (var times = random.Next(3) == 0 ? random.Next(2, 5) : 1; times > 0; times--)
        {
            var at = random.Next(bytes.Length + 1);
            var until = Math.Min(bytes.Length, at + random.Next(1, 30));
            bytes = random.Next(6) switch
            {
                0 when at < bytes.Length => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], .. bytes[until..]],
                2 => [.. bytes[..until], .. bytes[at..]],
                3 when at < bytes.Length => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
                _ => [.. bytes[..at], .. Spices[random.Next(Spices.Length)], .. bytes[at..]],
            };
        }

        return bytes;
    }
}
