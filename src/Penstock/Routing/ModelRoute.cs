using Penstock.Configuration;

namespace Penstock.Routing;

/// <summary>Where a model's requests go.</summary>
/// <param name="Name">What the configuration calls it: a model, a pattern or a backend; <c>other</c> for the default's.</param>
/// <param name="Pools">Who may answer: its own pool, then its fallbacks in their order.</param>
/// <param name="Settings">How its calls are treated.</param>
internal sealed record ModelRoute(string Name, Pool[] Pools, ModelSettings Settings)
{
    public Pool Pool => Pools[0];

    /// <summary>The model or the backend that it leads to, which for the default is not its name: whose limits and prices hold.</summary>
    public string Target { get; init; } = Name;

    /// <summary>Whether the policy of one of its pools looks at prompts.</summary>
    public bool ReadsPrompts { get; } = Array.Exists(Pools, pool => pool.ReadsPrompts);

    /// <summary>The same with one backend only; null: it is in none of the pools.</summary>
    public ModelRoute? Only(string backend)
    {
        Pool[] pools = [.. Pools.Select(pool => pool.Only(backend)).OfType<Pool>().Take(1)];
        return pools.Length == 0 ? null : this with { Pools = pools, Pinned = backend };
    }

    /// <summary>The backend that the caller insists on; null: none.</summary>
    public string? Pinned { get; init; }

    /// <summary>Whether it is where unknown models go.</summary>
    public bool IsDefault { get; init; }
}
