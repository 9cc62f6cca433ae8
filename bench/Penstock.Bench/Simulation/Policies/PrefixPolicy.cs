namespace Penstock.Bench.Simulation.Policies;

/// <summary>What the routers have in common that remember what they sent where.</summary>
/// <param name="servers">How many servers there are.</param>
/// <param name="seed">Of its chance.</param>
/// <param name="capacity">Blocks of 64 tokens that are remembered of each server.</param>
internal abstract class PrefixPolicy(int servers, int seed, int capacity) : ImmediatePolicy(servers, seed)
{
    private readonly PrefixHistory[] _histories = [.. Enumerable.Range(0, servers).Select(_ => new PrefixHistory(capacity))];
    private readonly int[] _matches = new int[servers];

    /// <summary>How many blocks of the call's prompt each server has, as far as is known.</summary>
    protected ReadOnlySpan<int> Matches => _matches;

    protected sealed override int Choose(SimulatedCall call)
    {
        for (var server = 0; server < Servers; server++) _matches[server] = _histories[server].Match(call.Blocks.Span);
        return Choose(call.Blocks.Length);
    }

    /// <param name="blocks">How many its prompt has.</param>
    protected abstract int Choose(int blocks);

    protected override void Sent(SimulatedCall call, int server) => _histories[server].Add(call.Blocks.Span);
}
