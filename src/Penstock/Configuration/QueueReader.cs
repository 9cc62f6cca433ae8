namespace Penstock.Configuration;

/// <summary>Reads <c>queue</c>.</summary>
internal static class QueueReader
{
    private const long MostRequests = 1_000_000;
    private const long MostBytes = 1L << 40;

    /// <summary>What it says, and where it says nothing what holds without it.</summary>
    public static QueueConfig Read(YamlScope? scope, QueueConfig otherwise)
    {
        if (scope is null) return otherwise;
        var config = new QueueConfig
        {
            MaxRequests = (int?)scope.Integer("max_requests", 0, MostRequests) ?? otherwise.MaxRequests,
            MaxBytes = scope.Integer("max_bytes", 0, MostBytes) ?? otherwise.MaxBytes,
            Timeout = scope.Seconds("timeout") ?? otherwise.Timeout,
        };
        scope.Close();
        return config;
    }
}
