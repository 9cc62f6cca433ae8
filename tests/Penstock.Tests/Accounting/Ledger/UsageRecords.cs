using Penstock.Accounting.Ledger;

namespace Penstock.Tests.Accounting.Ledger;

/// <summary>Records of calls that nobody made, the same for the same seed.</summary>
internal static class UsageRecords
{
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 22, 30, 0, TimeSpan.Zero);

    private static readonly string[] Callers = ["search", "batch", "=1+1", "größe, \"q\"", ""];
    private static readonly string[] Models = ["llama-3-8b", "qwen-*", "other", ""];
    private static readonly string?[] Errors = [null, null, null, "upstream_error", "caller_gone"];

    /// <summary>Some records, spread over <paramref name="time"/>, which does not end with an hour.</summary>
    public static UsageRecord[] Some(int count, int seed, TimeSpan? time = null)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => One(random, time ?? TimeSpan.FromHours(60)))];
    }

    public static UsageRecord One(string requestId = "r") => Some(1, 1)[0] with { Id = Guid.CreateVersion7(), RequestId = requestId };

    private static UsageRecord One(Random random, TimeSpan time)
    {
        var id = new byte[16];
        random.NextBytes(id);
        var isStreamed = random.Next(2) == 0;
        return new UsageRecord
        {
            Id = new Guid(id),
            // Some stand exactly at the beginning of an hour or a day.
            Time = random.Next(5) == 0
                ? new DateTimeOffset(Start.UtcDateTime.Date, TimeSpan.Zero).AddHours(random.Next(22, 22 + (int)time.TotalHours))
                : Start.AddMicroseconds(random.NextInt64((long)time.TotalMicroseconds)),
            RequestId = $"request-{random.Next()}",
            Caller = Callers[random.Next(Callers.Length)],
            Labels = random.Next(2) == 0 ? "" : """{"team":"search"}""",
            Endpoint = "/v1/chat/completions",
            ModelAsked = "llama",
            Model = Models[random.Next(Models.Length)],
            Backend = $"gpu-{random.Next(3)}",
            Attempts = random.Next(4),
            Status = 200,
            Error = Errors[random.Next(Errors.Length)],
            PromptTokens = random.Next(100_000),
            CachedTokens = random.Next(1_000),
            CompletionTokens = random.Next(5_000),
            ReasoningTokens = random.Next(500),
            CostPico = random.NextInt64(1_000_000_000_000),
            Latency = TimeSpan.FromMicroseconds(random.Next()),
            TimeToFirstToken = isStreamed ? TimeSpan.FromMicroseconds(random.Next()) : null,
            IsStreamed = isStreamed,
            IsEstimated = random.Next(2) == 0,
        };
    }
}
