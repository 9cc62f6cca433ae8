using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>A policy that chooses one of a pool's backends. A pool has one of its own, which any number of requests ask at once.</summary>
internal interface IBackendPicker
{
    /// <summary>Chooses one; there is at least one to choose from.</summary>
    /// <param name="members">Those that can answer now, in the order of the file: not always all of the pool.</param>
    Backend Pick(ReadOnlySpan<Backend> members);
}
