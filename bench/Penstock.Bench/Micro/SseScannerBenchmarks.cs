using BenchmarkDotNet.Attributes;
using Penstock.Protocol;

namespace Penstock.Bench.Micro;

/// <summary>Finding events: a read that brings three at once, and one that brings a byte at a time.</summary>
[MemoryDiagnoser]
public class SseScannerBenchmarks
{
    [Benchmark(OperationsPerInvoke = 3)]
    public int ThreeEventsInOneRead()
    {
        var scanner = new SseScanner();
        var found = 0;
        while (scanner.TryRead(Samples.Events, out _)) found++;
        return found;
    }

    [Benchmark(OperationsPerInvoke = 3)]
    public int AByteARead()
    {
        var scanner = new SseScanner();
        var found = 0;
        for (var length = 1; length <= Samples.Events.Length; length++)
        {
            while (scanner.TryRead(Samples.Events.AsSpan(0, length), out _)) found++;
        }

        return found;
    }
}
