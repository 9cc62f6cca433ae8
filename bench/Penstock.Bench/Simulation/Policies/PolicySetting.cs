using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>What a policy is made for.</summary>
/// <param name="Workload">Its servers.</param>
/// <param name="Seed">Of its chance.</param>
/// <param name="Time">The simulation's clock.</param>
internal sealed record PolicySetting(Workload Workload, int Seed, TimeProvider Time)
{
    public int Servers => Workload.Servers;

    /// <summary>Blocks of 64 tokens in a server's cache: what is known of its size.</summary>
    public int CacheBlocks => Workload.CacheTokens / 64;
}
