using System.Text.Json;
using Penstock.Bench.Http;
using Penstock.Bench.Load;
using Penstock.Bench.Processes;
using Penstock.Bench.Report;

namespace Penstock.Bench.Idle;

/// <summary><c>idle</c>: the memory of open streams that say nothing, against <c>upstream --idle</c>.</summary>
internal static class IdleCommand
{
    public static int Run(Arguments arguments)
    {
        var target = new Target(arguments.Required("--url"));
        var options = new IdleOptions
        {
            Streams = arguments.Number("--streams", 5000),
            WarmupStreams = arguments.Number("--warmup-streams", 200),
            Settle = arguments.Seconds("--settle", 2),
        };
        var request = target.ChatRequest(512, streamed: true, arguments.Text("--key"));
        var processes = ProcessGroup.Find(arguments.Pids());
        var json = arguments.Flag("--json");
        var label = (Case: arguments.Text("--case"), Proxy: arguments.Text("--proxy"));
        arguments.RejectRest();

        var errors = new ErrorLog();
        var result = new IdleRun(options, processes, errors).Run(target, request);
        errors.Print(Console.Error);
        if (json)
        {
            var row = new Row<IdleResult> { Kind = "idle", Case = label.Case, Proxy = label.Proxy, Result = result };
            Console.WriteLine(JsonSerializer.Serialize(row, JsonSerializerOptions.Web));
        }
        else
        {
            result.Print(Console.Out);
        }

        return result.Errors > 0 || result.Streams < options.Streams ? 1 : 0;
    }
}
