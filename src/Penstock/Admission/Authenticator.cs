using System.Diagnostics.CodeAnalysis;
using Penstock.Protocol;

namespace Penstock.Admission;

/// <summary>Finds the caller of a request by the credential that it carries.</summary>
internal sealed class Authenticator(string? apiKey)
{
    private readonly BearerKey? _key = apiKey is null ? null : new BearerKey(apiKey);

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

        if (_key.IsIn(authorization))
        {
            caller = Caller.KeyHolder;
            return true;
        }

        error = Errors.InvalidApiKey(missing: string.IsNullOrWhiteSpace(authorization));
        return false;
    }
}
