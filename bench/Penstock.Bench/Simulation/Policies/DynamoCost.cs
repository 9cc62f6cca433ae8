using Penstock.Configuration;
using Penstock.Engines;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// Dynamo's router: the least of the weight (1.0) times the blocks that the server would have to read (those of calls that have
/// no first token yet and those of this one that it does not have), plus the blocks that its calls would hold, of which one
/// that several have in common counts once; at temperature 0 the best one always, any of those that are equal
/// (<see href="https://docs.nvidia.com/dynamo/latest/components/router/README.html"/>,
/// <see href="https://github.com/ai-dynamo/dynamo/tree/main/lib/kv-router"/>). Blocks are the server's own, of 16 tokens, as it has
/// a tokenizer, and what a server has is what it publishes (KV events), as by default. A server that publishes nothing, as
/// llama.cpp, is taken to have what was sent there, as with <c>--no-kv-events</c>.
/// </summary>
internal sealed class DynamoCost : ImmediatePolicy
{
    private const double OverlapWeight = 1.0;

    private readonly DynamoWorker[] _workers;

    public DynamoCost(PolicySetting setting)
        : base(setting.Servers, setting.Seed)
    {
        ReadsCacheEvents = setting.Workload.Engine == EngineKind.Vllm;
        var capacity = setting.Workload.CacheTokens / EngineCall.BlockTokens;
        _workers = [.. Enumerable.Range(0, setting.Servers).Select(_ => new DynamoWorker(ReadsCacheEvents ? null : new PrefixHistory(capacity)))];
    }

    public override bool ReadsCacheEvents { get; }

    public override void CacheChanged(int server, IReadOnlyList<CacheChange> changes, long now) => _workers[server].Published(changes, now);

    public override void FirstToken(SimulatedCall call, long now) => _workers[call.Server].Read(call);

    public override void Ended(SimulatedCall call, long now)
    {
        base.Ended(call, now);
        _workers[call.Server].Free(call);
    }

    protected override int Choose(SimulatedCall call) => Least(server =>
    {
        var (prefill, decode) = _workers[server].Potential(call);
        return (OverlapWeight * prefill) + decode;
    });

    protected override void Sent(SimulatedCall call, int server) => _workers[server].Add(call);
}
