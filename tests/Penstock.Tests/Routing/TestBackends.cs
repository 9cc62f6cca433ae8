using System.Globalization;
using System.Runtime.CompilerServices;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Xunit;

namespace Penstock.Tests.Routing;

/// <summary>Backends that are only routed to.</summary>
internal static class TestBackends
{
    public static Backend New(string name, params string[] models) => New(new BackendConfig { Name = name, Type = "test", Models = models });

    public static Backend New(BackendConfig config, BackendHealth? health = null) =>
        new(config, new Nowhere(), new BackendState(new StrongBox<long>(), health ?? new BackendHealth()));

    /// <summary>What makes policies that know nothing yet.</summary>
    public static Pickers Pickers() => new(new PrefixPools(TimeProvider.System));

    public static IBackendPicker PickerOf(PickerPolicy? policy, params Backend[] members) => Pickers().Create(policy, members, TimeSpan.FromSeconds(2));

    /// <summary>Backends named by their index, with so many requests in flight.</summary>
    public static Backend[] WithLoads(params int[] loads) => [.. loads.Select((load, i) => Loaded(i, load, 1))];

    /// <summary>Backends named by their index, idle, with these weights.</summary>
    public static Backend[] WithWeights(params int[] weights) => [.. weights.Select((weight, i) => Loaded(i, 0, weight))];

    public static Backend Loaded(int index, int load, int weight, int? seats = null)
    {
        var backend = New(new BackendConfig
        {
            Name = index.ToString(CultureInfo.InvariantCulture),
            Type = "test",
            Weight = weight,
            MaxConcurrency = seats,
        });
        for (var n = 0; n < load; n++) Assert.True(backend.TryEnter(out _));
        return backend;
    }

    private sealed class Nowhere : IBackend
    {
        public ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
