using System.Runtime.CompilerServices;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;

namespace Penstock.Tests.Routing;

/// <summary>Backends that are only routed to.</summary>
internal static class TestBackends
{
    public static Backend New(string name, params string[] models) =>
        new(new BackendConfig { Name = name, Type = "test", Models = models }, new Nowhere(), new BackendState(new StrongBox<long>(), new BackendHealth()));

    private sealed class Nowhere : IBackend
    {
        public ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
