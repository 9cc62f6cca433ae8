namespace Penstock.Protocol;

/// <summary>When a server that refuses wants to be asked again.</summary>
internal static class RetryAfter
{
    public static TimeSpan? Find(IReadOnlyList<KeyValuePair<string, string>> headers, DateTimeOffset now) => null;
}
