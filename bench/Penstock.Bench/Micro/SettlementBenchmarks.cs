using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Accounting;
using Penstock.Accounting.Ledger;
using Penstock.Protocol;
using Penstock.Storage;
using Penstock.Telemetry;

namespace Penstock.Bench.Micro;

/// <summary>The end of a request: its metrics and its line in the access log.</summary>
[MemoryDiagnoser]
public class SettlementBenchmarks : IDisposable
{
    private readonly LogSink _sink = new(Stream.Null);
    private readonly GatewayMetrics _metrics = new(TimeProvider.System, () => 0);
    private readonly Settlement _settlement;
    private readonly CallRecord _call;

    public SettlementBenchmarks()
    {
        var ledger = new UsageLedger(
            new Store(null, TimeProvider.System, NullLogger<Store>.Instance), _metrics, TimeProvider.System, NullLogger<UsageLedger>.Instance);
        _settlement = new Settlement(_metrics, new AccessLog(_sink, LogFormat.Text, TimeProvider.System), ledger, TimeProvider.System);
        var now = TimeProvider.System.GetTimestamp();
        _call = new CallRecord
        {
            RequestId = "3690fe0c-3f06-46ba-85e5-91e7bd4f7f7b",
            Method = "POST",
            Path = "/v1/chat/completions",
            Endpoint = "/v1/chat/completions",
            ArrivedAt = now,
            Model = "llama-3-8b",
            RequestedModel = "llama-3-8b",
            Backend = "gpu-a",
            Status = 200,
            Usage = new TokenUsage(71, 27),
            BytesIn = 512,
            BytesOut = 640,
            SentAt = now,
            AnsweredAt = now + 1000,
            RelayedAt = now + 2000,
        };
    }

    [Benchmark]
    public void Settle() => _settlement.Settle(_call, isMeasured: true);

    [GlobalCleanup]
    public void Dispose()
    {
        _sink.Dispose();
        _metrics.Dispose();
        GC.SuppressFinalize(this);
    }
}
