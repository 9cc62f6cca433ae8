using System.Runtime.InteropServices;

namespace Penstock.Bench.Soak;

/// <summary><c>soak</c>: the gateway under mixed load and faults, for a long time.</summary>
internal static class SoakCommand
{
    private const int Interrupted = 130;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = new SoakOptions
        {
            Executable = Path.GetFullPath(arguments.Required("--exec")),
            Duration = TimeSpan.FromMinutes(arguments.Seconds("--minutes", 30).TotalSeconds),
            Rate = arguments.Number("--rate", 50),
            Seed = arguments.Number("--seed", 1),
            SampleInterval = arguments.Seconds("--sample", 10),
        };
        arguments.RejectRest();
        if (!File.Exists(options.Executable))
            throw new UsageException($"{options.Executable} does not exist");
        if (options.Rate is < 1 or > 500)
            throw new UsageException("--rate needs 1 to 500 requests a second");
        if (options.Duration > TimeSpan.FromHours(12) || options.Duration < options.SampleInterval * 3)
            throw new UsageException("--minutes needs at least three samples, and at most 720");

        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var report = await new SoakRun(options, Console.Error).RunAsync(stopping.Token);
            report.Print(Console.Out);
            return report.Checks.All(check => check.Holds) ? 0 : 1;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }

        // Not at once: the gateway is a process of its own, and must be stopped first.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }
    }
}
