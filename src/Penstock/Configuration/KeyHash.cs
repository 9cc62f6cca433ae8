using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Penstock.Configuration;

/// <summary>
/// The SHA-256 of a credential. Keys are compared by it alone, so that the time of a comparison tells nothing of a key.
/// </summary>
internal readonly record struct KeyHash
{
    /// <summary>What comes before the digits of a hash.</summary>
    public const string Prefix = "sha256:";

    private const int Size = 32;

    private readonly long _a, _b, _c, _d;

    private KeyHash(ReadOnlySpan<byte> bytes)
    {
        _a = BinaryPrimitives.ReadInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadInt64BigEndian(bytes[24..]);
    }

    /// <summary>The hash of a credential's UTF-8.</summary>
    public static KeyHash Of(ReadOnlySpan<char> credential)
    {
        // Most keys are shorter than this. A longer one is bounded by what the server takes for headers.
        var size = Encoding.UTF8.GetMaxByteCount(credential.Length);
        var utf8 = size <= 512 ? stackalloc byte[512] : new byte[size];
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(credential, utf8)], hash);
        return new KeyHash(hash);
    }

    /// <summary>Reads <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public static bool TryParse(string text, out KeyHash hash)
    {
        hash = default;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length != Prefix.Length + (2 * Size)) return false;
        Span<byte> bytes = stackalloc byte[Size];
        if (Convert.FromHexString(text.AsSpan(Prefix.Length), bytes, out _, out _) != System.Buffers.OperationStatus.Done) return false;
        hash = new KeyHash(bytes);
        return true;
    }

    // The bits of a cryptographic hash are as good as any hash of them.
    public override int GetHashCode() => (int)_a;

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, _a);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], _b);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], _c);
        BinaryPrimitives.WriteInt64BigEndian(bytes[24..], _d);
        return Prefix + Convert.ToHexStringLower(bytes);
    }
}
