using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;
using Xunit.Abstractions;

namespace Penstock.Tests.Functional.Door;

/// <summary>Requests that are nearly right, by the ten thousand: each is answered or its connection ended, and none makes the gateway fail.</summary>
public sealed class MutatedRequestsTests(ITestOutputHelper output)
{
    private const int Requests = 100_000;
    private const int Callers = 24;

    // To run one again, or to look at one request: PENSTOCK_FUZZ_SEED=… with the seed that a failure prints.
    private static readonly int Seed = int.TryParse(
        Environment.GetEnvironmentVariable("PENSTOCK_FUZZ_SEED"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next();

    private const string Yaml = """
        server:
          admin_key: admin-sekret
          cors: { origins: [https://app.example.com] }
        log: { format: json }
        default_backend: echo
        backends: [{ name: echo, type: echo, models: [m] }]
        models: [{ name: small, backends: [echo], aliases: ["s*"] }]
        """;

    [Fact]
    public async Task MutatedRequests_AHundredThousand_NoneMakesTheGatewayFail()
    {
        output.WriteLine($"Seed {Seed}");
        await using var gateway = await TestGateway.StartAsync(Yaml);
        var mutator = new RequestMutator(Seed);
        var wrong = new ConcurrentQueue<string>();
        var statuses = new ConcurrentDictionary<int, int>();
        var (next, connections) = (-1, 0);

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            using var connection = new FuzzConnection(gateway.Url.Port);
            int index;
            while (wrong.IsEmpty && (index = Interlocked.Increment(ref next)) < Requests)
            {
                var request = mutator.Create(index);
                if (await TrySendAsync(connection, request) is not { } status) wrong.Enqueue($"{index}: no answer to {Show(request)}");
                else if (IsOurFault(status)) wrong.Enqueue($"{index}: {status} to {Show(request)}");
                else if (status == 0 && request.IsFramed) wrong.Enqueue($"{index}: the connection ended at {Show(request)}");
                else statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
            }

            Interlocked.Add(ref connections, connection.Connections);
        })));

        Assert.True(wrong.IsEmpty, $"With the seed {Seed}:\n{string.Join('\n', wrong)}");
        output.WriteLine($"{connections} connections; {string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value}"))}");
        await Answers.WaitUntilIdleAsync(gateway);
        using var after = await gateway.ChatAsync("still there");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        // It has read them: the good, the bad, and what is no HTTP.
        Assert.True(statuses[200] > Requests / 20 && statuses[400] > Requests / 4, "too few of them were good, or bad");
        AssertLogIsSound(gateway.Log);
    }

    // 505 is the answer to a version of HTTP that nobody has, and the right one (RFC 9110, 15.6.6).
    private static bool IsOurFault(int status) => status is >= 500 and not 505;

    private static async Task<int?> TrySendAsync(FuzzConnection connection, MutatedRequest request)
    {
        try
        {
            return await connection.SendAsync(request);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static void AssertLogIsSound(string log)
    {
        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 1000);
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line);
            var level = json.RootElement.GetProperty("level").GetString();
            Assert.True(level is "info" or "warning", line);
        }
    }

    private static string Show(MutatedRequest request) => JsonSerializer.Serialize(Encoding.Latin1.GetString(request.Bytes));
}
