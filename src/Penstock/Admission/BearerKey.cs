using System.Security.Cryptography;
using System.Text;

namespace Penstock.Admission;

/// <summary>A key that callers carry as their Bearer token.</summary>
internal sealed class BearerKey(string key)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    /// <summary>Whether a request carries it.</summary>
    /// <param name="authorization">The <c>Authorization</c> header; null or empty where there is none.</param>
    public bool IsIn(string? authorization) =>
        // The scheme's case does not matter (RFC 9110, 11.1).
        authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && IsKey(authorization.AsSpan(Scheme.Length).Trim());

    // In constant time: how much of a guess is right cannot be measured. That of its length can, and tells nothing.
    private bool IsKey(ReadOnlySpan<char> candidate)
    {
        // Most keys are shorter than this. A longer one is bounded by what the server takes for headers.
        var size = Encoding.UTF8.GetMaxByteCount(candidate.Length);
        var utf8 = size <= 1024 ? stackalloc byte[1024] : new byte[size];
        return CryptographicOperations.FixedTimeEquals(utf8[..Encoding.UTF8.GetBytes(candidate, utf8)], _key);
    }
}
