using Penstock.Bench;
using Penstock.Bench.Idle;
using Penstock.Bench.Ledger;
using Penstock.Bench.Load;
using Penstock.Bench.Micro;
using Penstock.Bench.Report;
using Penstock.Bench.Simulation;
using Penstock.Bench.Soak;
using Penstock.Bench.Startup;
using Penstock.Bench.Upstream;
using Penstock.Bench.Wire;

const string Usage = """
    Penstock.Bench: what a gateway costs, measured on one Linux machine. See bench/README.md.

      upstream --port P [--events N] [--interval-ms MS] [--idle] [--lifetime S]
      load     --url URL [--connections C] [--rate R] [--duration S] [--warmup S] [--body-bytes N] [--stream] [--events N]
               [--key K] [--drain S] [--pid PID ...] [--pids A,B] [--json] [--case NAME] [--proxy NAME] [--round N]
      idle     --url URL [--streams N] [--warmup-streams N] [--settle S] [--key K] [--pid PID ...] [--pids A,B]
               [--json] [--case NAME] [--proxy NAME]
      startup  --exec PATH [--runs N] [--json]
      soak     --exec PATH [--minutes M] [--rate R] [--seed N] [--sample S]
      ledger   [--records N] [--callers N] [--models N] [--store ADDRESS]
      simulate [--quick] [--workload A,B] [--policy A,B] [--loads 1,2] [--seeds N] [--trace FILE] [--out FILE.md]
      wire     --exec PATH [--engine vllm|llamacpp] [--policy A,B] [--conversations N] [--duration S] [--warmup S] [--seed N]
      report   --file RESULTS.jsonl [--baseline PROXY]
      micro    [arguments of BenchmarkDotNet]
    """;

if (args.Length == 0 || args[0] is "-h" or "--help" or "help")
{
    Console.WriteLine(Usage);
    return args.Length == 0 ? 2 : 0;
}

if (args[0] == "micro")
    return MicroCommand.Run(args[1..]);

try
{
    var arguments = new Arguments(args.AsSpan(1));
    return args[0] switch
    {
        "upstream" => UpstreamCommand.Run(arguments),
        "load" => LoadCommand.Run(arguments),
        "idle" => IdleCommand.Run(arguments),
        "startup" => await StartupCommand.RunAsync(arguments),
        "soak" => await SoakCommand.RunAsync(arguments),
        "ledger" => await LedgerCommand.RunAsync(arguments),
        "simulate" => SimulateCommand.Run(arguments),
        "wire" => await WireCommand.RunAsync(arguments),
        "report" => ReportCommand.Run(arguments),
        _ => throw new UsageException($"'{args[0]}' is not a command"),
    };
}
catch (UsageException e)
{
    Console.Error.WriteLine($"penstock-bench: {e.Message}");
    Console.Error.WriteLine(Usage);
    return 2;
}
