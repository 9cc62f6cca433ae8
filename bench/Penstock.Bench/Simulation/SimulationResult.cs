namespace Penstock.Bench.Simulation;

/// <summary>What came of one run, of the calls after its warm-up.</summary>
internal sealed record SimulationResult
{
    public required string Workload { get; init; }
    public required double Load { get; init; }
    public required string Policy { get; init; }
    public required int Seed { get; init; }

    public required int Calls { get; init; }

    /// <summary>Calls a second that came.</summary>
    public required double ArrivalRate { get; init; }

    /// <summary>Tokens that the servers had in their caches, as a part of those that an infinite cache would have had; 1 where it would have had none.</summary>
    public required double CachedPart { get; init; }

    /// <summary>Time to the first token, from the arrival at the gateway; seconds.</summary>
    public required double P50 { get; init; }

    public required double P90 { get; init; }
    public required double P99 { get; init; }

    /// <summary>Calls a second that had their first token within 2 s.</summary>
    public required double Goodput { get; init; }

    /// <summary>Tokens that the busiest server computed, over the mean of all.</summary>
    public required double Imbalance { get; init; }

    /// <summary>Of real time, all that the policy does for a call.</summary>
    public required double DecisionMicroseconds { get; init; }
}
