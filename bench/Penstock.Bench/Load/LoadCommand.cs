using System.Text.Json;
using Penstock.Bench.Http;
using Penstock.Bench.Processes;
using Penstock.Bench.Report;

namespace Penstock.Bench.Load;

/// <summary><c>load</c>: how fast, and at what cost, something answers chat completions.</summary>
internal static class LoadCommand
{
    public static int Run(Arguments arguments)
    {
        var target = new Target(arguments.Required("--url"));
        var streamed = arguments.Flag("--stream");
        var options = new LoadOptions
        {
            Connections = arguments.Number("--connections", 32),
            Rate = arguments.Number("--rate", 0),
            Warmup = arguments.Seconds("--warmup", 1),
            Duration = arguments.Seconds("--duration", 5),
            Drain = arguments.Seconds("--drain", 10),
            Streamed = streamed,
            Events = arguments.Number("--events", 0),
        };
        var request = target.ChatRequest(arguments.Number("--body-bytes", 512), streamed, arguments.Text("--key"));
        var processes = ProcessGroup.Find(arguments.Pids());
        var json = arguments.Flag("--json");
        var label = (Case: arguments.Text("--case"), Proxy: arguments.Text("--proxy"), Round: arguments.Number("--round", 0));
        arguments.RejectRest();

        var errors = new ErrorLog();
        var result = new LoadRun(options, processes, errors).Run(target, request);
        errors.Print(Console.Error);
        if (json)
        {
            var row = new Row<LoadResult>
            {
                Kind = streamed ? "stream" : "load",
                Case = label.Case,
                Proxy = label.Proxy,
                Round = label.Round,
                Result = result,
            };
            Console.WriteLine(JsonSerializer.Serialize(row, JsonSerializerOptions.Web));
        }
        else
        {
            result.Print(Console.Out);
        }

        return result.Errors > 0 || result.Requests == 0 ? 1 : 0;
    }
}
