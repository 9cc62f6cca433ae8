using System.Text.Json;
using Penstock.Bench.Idle;
using Penstock.Bench.Load;

namespace Penstock.Bench.Report;

/// <summary><c>report</c>: Markdown tables from the JSON lines that <c>load</c> and <c>idle</c> printed.</summary>
internal static class ReportCommand
{
    public static int Run(Arguments arguments)
    {
        var file = arguments.Required("--file");
        var baseline = arguments.Text("--baseline") ?? "haproxy";
        arguments.RejectRest();

        // Cases and proxies appear in the order in which they were run.
        var loads = new CaseTables<LoadResult>();
        var streams = new CaseTables<LoadResult>();
        var idles = new CaseTables<IdleResult>();
        foreach (var line in File.ReadLines(file))
        {
            if (line.Contains("\"kind\":\"load\"", StringComparison.Ordinal))
                loads.Add(Read<LoadResult>(line));
            else if (line.Contains("\"kind\":\"stream\"", StringComparison.Ordinal))
                streams.Add(Read<LoadResult>(line));
            else if (line.Contains("\"kind\":\"idle\"", StringComparison.Ordinal))
                idles.Add(Read<IdleResult>(line));
        }

        loads.Print((name, proxies) => LoadTable.Print(Console.Out, name, proxies, baseline));
        streams.Print((name, proxies) => StreamTable.Print(Console.Out, name, proxies, baseline));
        idles.Print((name, proxies) => IdleTable.Print(Console.Out, name, proxies));
        return 0;
    }

    private static Row<T> Read<T>(string line) =>
        JsonSerializer.Deserialize<Row<T>>(line, JsonSerializerOptions.Web) ?? throw new UsageException("an empty line");
}
