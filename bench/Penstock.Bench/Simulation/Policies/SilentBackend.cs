using Penstock.Backends;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>A backend that is only routed to.</summary>
internal sealed class SilentBackend : IBackend
{
    public ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("In a simulation nothing is sent.");
}
