namespace Penstock.Bench.Simulation.Workloads;

/// <summary>A workload whose conversations, or bursts, begin independently of each other, so many a second.</summary>
internal abstract class OpenWorkload : Workload
{
    /// <summary>How many calls a run has, about.</summary>
    protected abstract double Calls { get; }

    /// <summary>How long they begin at least, whatever the load: as long as it takes until as many end as begin, and some more.</summary>
    protected virtual double LeastSeconds => 0;

    /// <summary>How many calls come of one of them, on average.</summary>
    protected abstract double CallsEach { get; }

    public sealed override IReadOnlyList<PlannedCall> Plan(double load, int seed)
    {
        var (builder, chance) = (new PlanBuilder(), new Chance((seed * 7919) + Name.Length));
        var at = 0.0;
        var beginnings = Math.Max(Calls / CallsEach, LeastSeconds * load);
        for (var i = 0; i < beginnings; i++)
        {
            at += chance.Exponential(1 / load);
            Begin(builder, chance, at, load);
        }

        return builder.Calls;
    }

    protected abstract void Begin(PlanBuilder builder, Chance chance, double at, double load);
}
