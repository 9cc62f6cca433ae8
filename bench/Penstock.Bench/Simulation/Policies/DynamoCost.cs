using Penstock.Routing;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// Dynamo's router: the least of the weight (1.0) times the blocks that the server would have to read (those of calls that have
/// no first token yet and those of this one that it does not have), plus the blocks that its calls would hold; at
/// temperature 0 the best one always
/// (<see href="https://docs.nvidia.com/dynamo/latest/components/router/README.html"/>). Without events of the caches,
/// as with <c>--no-kv-events</c>: what was sent is what is there.
/// </summary>
internal sealed class DynamoCost(int servers, int seed, int capacity) : PrefixPolicy(servers, seed, capacity)
{
    private const double OverlapWeight = 1.0;

    private readonly double[] _reading = new double[servers];
    private readonly double[] _held = new double[servers];
    private readonly Dictionary<SimulatedCall, double> _unread = [];

    public override void FirstToken(SimulatedCall call, long now)
    {
        if (_unread.Remove(call, out var blocks)) _reading[call.Server] -= blocks;
    }

    public override void Ended(SimulatedCall call, long now)
    {
        base.Ended(call, now);
        FirstToken(call, now);
        _held[call.Server] -= call.Shape.Blocks.Length;
    }

    protected override int Choose(PromptShape shape) => Least(server =>
        (OverlapWeight * (_reading[server] + shape.Blocks.Length - Matches[server])) + _held[server] + shape.Blocks.Length);

    protected override void Sent(SimulatedCall call, int server)
    {
        var unread = call.Shape.Blocks.Length - Matches[server];
        _unread[call] = unread;
        _reading[server] += unread;
        _held[server] += call.Shape.Blocks.Length;
        base.Sent(call, server);
    }
}
