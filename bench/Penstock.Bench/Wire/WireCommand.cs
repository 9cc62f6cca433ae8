using System.Globalization;
using System.Runtime.InteropServices;

namespace Penstock.Bench.Wire;

/// <summary><c>wire</c>: conversations over real sockets, with each policy, against servers that behave as vLLM or llama.cpp.</summary>
internal static class WireCommand
{
    private const int Interrupted = 130;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = new WireOptions
        {
            Executable = Path.GetFullPath(arguments.Required("--exec")),
            Engine = arguments.Text("--engine") ?? "vllm",
            Policies = (arguments.Text("--policy") ?? "round_robin,prefix_aware").Split(',', StringSplitOptions.RemoveEmptyEntries),
            Conversations = arguments.Number("--conversations", 16),
            Duration = arguments.Seconds("--duration", 60),
            WarmUp = arguments.Seconds("--warmup", 10),
            Seed = arguments.Number("--seed", 1),
        };
        arguments.RejectRest();
        Check(options);

        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var loadAverage = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
            var results = new List<WireResult>();
            foreach (var policy in options.Policies) results.Add(await WireRun.RunAsync(options, policy, stopping.Token));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{options.Servers} × {options.Engine}, {options.Conversations} conversations at a time, {options.Duration.TotalSeconds:0} s a policy of which {options.WarmUp.TotalSeconds:0} s warm up, seed {options.Seed}; load average before: {loadAverage}"));
            Console.WriteLine();
            WireTable.Print(Console.Out, results);
            return results.All(result => result.Failures.Count == 0) ? 0 : 1;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Interrupted;
        }

        // Not at once: the servers are processes of their own, and must be stopped first.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }
    }

    private static void Check(WireOptions options)
    {
        if (!File.Exists(options.Executable))
            throw new UsageException($"{options.Executable} does not exist");
        if (options.Engine is not ("vllm" or "llamacpp"))
            throw new UsageException($"--engine is vllm or llamacpp, not '{options.Engine}'");
        if (options.Conversations is < 1 or > 64)
            throw new UsageException("--conversations needs 1 to 64");
        if (options.Duration > TimeSpan.FromSeconds(60) || options.WarmUp >= options.Duration)
            throw new UsageException("--duration needs 60 seconds at most, and more than --warmup");
    }
}
