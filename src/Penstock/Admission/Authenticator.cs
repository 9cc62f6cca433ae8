using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Penstock.Protocol;

namespace Penstock.Admission;

/// <summary>Finds the caller of a request by the credential that it carries.</summary>
internal sealed class Authenticator(string? apiKey)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _key = apiKey is null ? null : Encoding.UTF8.GetBytes(apiKey);

    /// <summary>Whether everyone may call. Then the callers' credentials are meant for the backends.</summary>
    public bool IsOpen => _key is null;

    /// <summary>Finds the caller, or the error that whoever it is should get.</summary>
    /// <param name="authorization">The <c>Authorization</c> header; null or empty where there is none.</param>
    /// <param name="caller">Who it is.</param>
    /// <param name="error">A 401.</param>
    public bool TryAuthenticate(
        string? authorization, [NotNullWhen(true)] out Caller? caller, [NotNullWhen(false)] out ApiError? error)
    {
        error = null;
        caller = null;
        if (_key is null)
        {
            caller = Caller.Anonymous;
            return true;
        }

        // The scheme's case does not matter (RFC 9110, 11.1).
        var isBearer = authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
        if (isBearer && IsKey(authorization.AsSpan(Scheme.Length).Trim()))
        {
            caller = Caller.KeyHolder;
            return true;
        }

        error = Errors.InvalidApiKey(missing: string.IsNullOrWhiteSpace(authorization));
        return false;
    }

    // In constant time: how much of a guess is right cannot be measured. That of its length can, and tells nothing.
    private bool IsKey(ReadOnlySpan<char> candidate)
    {
        // Most keys are shorter than this. A longer one is bounded by what the server takes for headers.
        var size = Encoding.UTF8.GetMaxByteCount(candidate.Length);
        var utf8 = size <= 1024 ? stackalloc byte[1024] : new byte[size];
        return CryptographicOperations.FixedTimeEquals(utf8[..Encoding.UTF8.GetBytes(candidate, utf8)], _key);
    }
}
