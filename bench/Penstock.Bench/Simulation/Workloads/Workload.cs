using Penstock.Configuration;
using Penstock.Engines;

namespace Penstock.Bench.Simulation.Workloads;

/// <summary>What is asked of how many servers.</summary>
internal abstract class Workload
{
    public abstract string Name { get; }

    /// <summary>One sentence for whoever reads the tables.</summary>
    public abstract string Description { get; }

    /// <summary>The loads around its knee, in ascending order.</summary>
    public abstract IReadOnlyList<double> Loads { get; }

    /// <summary>What a load of 1 is.</summary>
    public abstract string LoadUnit { get; }

    /// <summary>Whether what it asks for again comes from conversations.</summary>
    public virtual bool IsConversation => false;

    public virtual int Servers => 4;

    public virtual EngineKind Engine => EngineKind.Vllm;

    /// <summary>Tokens in a server's cache.</summary>
    public virtual int CacheTokens => VllmSettings.Default.CacheTokens;

    /// <summary>What is configured as <c>max_concurrency</c>; null: nothing.</summary>
    public virtual int? Seats => null;

    public virtual IEngine NewEngine() => new VllmEngine();

    /// <summary>Draws the calls of one run. Those that come by themselves are in the order in which they come; the same seed, the same calls.</summary>
    public abstract IReadOnlyList<PlannedCall> Plan(double load, int seed);
}
