using System.Globalization;
using System.Text.Json;
using Penstock.Bench.Report;

namespace Penstock.Bench.Startup;

/// <summary><c>startup</c>: how long from exec to the first answered request, in echo mode.</summary>
internal static class StartupCommand
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var path = Path.GetFullPath(arguments.Required("--exec"));
        var runs = arguments.Number("--runs", 11);
        var json = arguments.Flag("--json");
        arguments.RejectRest();
        if (!File.Exists(path))
            throw new UsageException($"{path} does not exist");
        if (runs == 0)
            throw new UsageException("--runs needs at least 1");

        // Alternating: what disturbs the machine for a while disturbs both alike.
        var health = new List<double>(runs);
        var chat = new List<double>(runs);
        for (var i = 0; i < runs; i++)
        {
            health.Add((await StartupProbe.RunAsync(path, chat: false)).TotalMilliseconds);
            chat.Add((await StartupProbe.RunAsync(path, chat: true)).TotalMilliseconds);
        }

        health.Sort();
        chat.Sort();
        if (json)
        {
            var row = new Row<StartupResult>
            {
                Kind = "startup",
                Result = new StartupResult(runs, health[runs / 2], health[0], chat[runs / 2], chat[0]),
            };
            Console.WriteLine(JsonSerializer.Serialize(row, JsonSerializerOptions.Web));
        }
        else
        {
            Print("GET /healthz", health);
            Print("POST chat   ", chat);
        }

        return 0;
    }

    private static void Print(string name, List<double> sorted) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"exec to {name}: median {sorted[sorted.Count / 2]:F0} ms, best {sorted[0]:F0} ms, worst {sorted[^1]:F0} ms, {sorted.Count} runs"));
}
