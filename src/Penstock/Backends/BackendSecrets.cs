using System.Diagnostics.CodeAnalysis;
using Penstock.Configuration;

namespace Penstock.Backends;

/// <summary>
/// What the gateway proves itself with to a server. Servers repeat it ("Incorrect API key provided: …"), and what they say
/// of a failure goes to callers, to the log and to administrators.
/// </summary>
internal sealed class BackendSecrets(BackendConfig config)
{
    // Shorter values of headers are words that anybody may say.
    private const int ShortestHeader = 8;

    private readonly string[] _secrets =
        [.. config.Headers.Values.Where(value => value.Length >= ShortestHeader).Append(config.ApiKey ?? "").Where(secret => secret.Length > 0)];

    /// <summary>The text with asterisks in place of each secret.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public string? Mask(string? text)
    {
        if (text is null) return null;
        foreach (var secret in _secrets) text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }
}
