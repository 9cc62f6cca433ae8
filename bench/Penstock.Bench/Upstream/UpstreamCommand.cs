using System.Globalization;

namespace Penstock.Bench.Upstream;

/// <summary><c>upstream</c>: an OpenAI-compatible server that costs next to nothing.</summary>
internal static class UpstreamCommand
{
    public static int Run(Arguments arguments)
    {
        var options = new UpstreamOptions
        {
            Port = int.Parse(arguments.Required("--port"), CultureInfo.InvariantCulture),
            Events = Math.Max(3, arguments.Number("--events", 100)),
            Interval = TimeSpan.FromMilliseconds(arguments.Number("--interval-ms", 0)),
            Idle = arguments.Flag("--idle"),
            Lifetime = arguments.Seconds("--lifetime", 3600),
        };
        arguments.RejectRest();

        using var server = new UpstreamServer(options);
        Console.WriteLine($"upstream: http://127.0.0.1:{options.Port}");
        server.Run();
        return 0;
    }
}
