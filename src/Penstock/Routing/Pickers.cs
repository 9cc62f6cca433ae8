using Penstock.Configuration;

namespace Penstock.Routing;

/// <summary>The policies by which a pool may choose.</summary>
internal static class Pickers
{
    /// <summary>One for one pool: some count as they go.</summary>
    public static IBackendPicker Create(PickerPolicy policy) => policy switch
    {
        PickerPolicy.LeastLoaded => new LeastLoadedPicker(),
        PickerPolicy.RoundRobin => new RoundRobinPicker(),
        PickerPolicy.Weighted => new WeightedPicker(),
        PickerPolicy.Random => new RandomPicker(),
        PickerPolicy.Priority => new PriorityPicker(),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "There is no such policy."),
    };
}
