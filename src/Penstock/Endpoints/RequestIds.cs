using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Penstock.Endpoints;

/// <summary>The id of a request: the caller's where it sent a usable one, else a new UUID (version 4).</summary>
internal static class RequestIds
{
    public const string Header = "X-Request-ID";

    private const int Longest = 128;

    public static string For(IHeaderDictionary headers) =>
        Usable(headers[Header]) ?? Usable(headers["Request-Id"]) ?? NewId();

    // RFC 9562, 5.4: 122 random bits. An id is not a secret, so they need not come from the system's generator, which
    // costs a call into the kernel.
    private static string NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    // Visible ASCII: it goes into headers, logs and JSON, and is passed on to the backend.
    private static string? Usable(StringValues values)
    {
        if (values.Count != 1 || values[0] is not { Length: > 0 and <= Longest } id) return null;
        return id.AsSpan().ContainsAnyExceptInRange('!', '~') ? null : id;
    }
}
