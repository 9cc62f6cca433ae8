namespace Penstock.Backends;

/// <summary>Which of a backend's headers the caller gets, besides the content type.</summary>
internal static class ResponseHeaders
{
    public static bool IsForCaller(string name) =>
        name.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)
        || name.Equals("retry-after-ms", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("x-ratelimit-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("openai-", StringComparison.OrdinalIgnoreCase);
}
