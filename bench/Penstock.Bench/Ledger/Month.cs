using Penstock.Accounting.Ledger;

namespace Penstock.Bench.Ledger;

/// <summary>The calls of a month that ends in the middle of an hour, one after the other, of so many callers to so many models.</summary>
internal sealed class Month(int count, int callers, int models)
{
    private const int Backends = 2;

    public int Count => count;

    public DateTimeOffset Start { get; } = new(2026, 10, 22, 13, 20, 0, TimeSpan.Zero);

    public DateTimeOffset End => Start.AddDays(30);

    public IEnumerable<UsageRecord> Records()
    {
        var random = new Random(1);
        var names = (Callers: Names("caller", callers), Models: Names("model", models), Backends: Names("gpu", Backends));
        for (var i = 0; i < count; i++)
        {
            var time = Start + TimeSpan.FromDays(30) * ((double)i / count);
            yield return new UsageRecord
            {
                Id = Guid.CreateVersion7(time),
                Time = time,
                RequestId = $"{random.NextInt64():x16}{random.NextInt64():x16}",
                Caller = names.Callers[random.Next(callers)],
                Labels = """{"team":"search"}""",
                Endpoint = "/v1/chat/completions",
                ModelAsked = "model",
                Model = names.Models[random.Next(models)],
                Backend = names.Backends[random.Next(Backends)],
                Attempts = 1,
                Status = 200,
                PromptTokens = random.Next(4000),
                CompletionTokens = random.Next(1000),
                CostPico = random.Next(1_000_000_000),
                Latency = TimeSpan.FromMilliseconds(random.Next(5000)),
                TimeToFirstToken = TimeSpan.FromMilliseconds(random.Next(500)),
                IsStreamed = true,
            };
        }
    }

    private static string[] Names(string name, int count) => [.. Enumerable.Range(0, count).Select(i => $"{name}-{i}")];
}
