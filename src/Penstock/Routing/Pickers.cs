using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing.Prefix;

namespace Penstock.Routing;

/// <summary>Makes the policies by which pools choose.</summary>
/// <param name="prefixes">What is known of servers' caches.</param>
internal sealed class Pickers(PrefixPools prefixes)
{
    /// <summary>One for one pool: some count as they go.</summary>
    /// <param name="policy">What was written; null: nothing.</param>
    /// <param name="members">Its backends.</param>
    /// <param name="stickiness">How much it may cost to stay where a prefix is warm.</param>
    public IBackendPicker Create(PickerPolicy? policy, IReadOnlyList<Backend> members, TimeSpan stickiness) => (policy ?? UsualOf(members)) switch
    {
        PickerPolicy.LeastLoaded => new LeastLoadedPicker(),
        PickerPolicy.RoundRobin => new RoundRobinPicker(),
        PickerPolicy.Weighted => new WeightedPicker(),
        PickerPolicy.Random => new RandomPicker(),
        PickerPolicy.Priority => new PriorityPicker(),
        PickerPolicy.PrefixAware when members.Count > PrefixIndex.MostServers => new BoundedRendezvousPicker(),
        PickerPolicy.PrefixAware => new PrefixPicker(prefixes.For(members), stickiness),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "There is no such policy."),
    };

    /// <summary>Those of a new snapshot are made from now on.</summary>
    public void Begin() => prefixes.Begin();

    /// <summary>They come into force, all of them: what is known of servers that are not in them is forgotten.</summary>
    public void Keep() => prefixes.Keep();

    // Servers have caches; what has no address has none that is worth looking at.
    private static PickerPolicy UsualOf(IReadOnlyList<Backend> members) =>
        members.Count > 1 && members.All(member => member.Config.Url is not null) ? PickerPolicy.PrefixAware : PickerPolicy.LeastLoaded;
}
