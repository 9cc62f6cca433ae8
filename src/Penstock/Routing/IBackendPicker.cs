using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>A policy that chooses one of a pool's backends. It is chosen by name when the configuration is read.</summary>
internal interface IBackendPicker
{
    /// <summary>The name of the policy in the configuration.</summary>
    string Name { get; }

    /// <summary>Chooses one; there is at least one to choose from.</summary>
    Backend Pick(ReadOnlySpan<Backend> members);
}
