using BenchmarkDotNet.Running;

namespace Penstock.Bench.Micro;

/// <summary><c>micro</c>: hands the rest of the command line to BenchmarkDotNet.</summary>
internal static class MicroCommand
{
    public static int Run(string[] args)
    {
        BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(args);
        return 0;
    }
}
