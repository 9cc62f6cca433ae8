using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Admission.Jwt;
using Penstock.Admission.Keys;
using Penstock.Admission.Limits;
using Penstock.Backends;
using Penstock.Backends.Http;
using Penstock.Configuration;
using Penstock.Runtime;
using Penstock.Storage;
using Penstock.Telemetry;
using Penstock.Tests.Routing;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Runtime;

/// <summary>What a snapshot takes over from the one before where addresses come and go.</summary>
public sealed class SnapshotFactoryTests : IDisposable
{
    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Two = IPAddress.Parse("10.0.0.2");

    private readonly Clock _clock = new();
    private readonly KnownAddresses _known = new();
    private readonly HttpTransport _transport = new(new TestNames());
    private readonly SnapshotFactory _factory;

    private readonly GatewayConfig _config = new()
    {
        Backends = [new BackendConfig { Name = "pods", Type = "http", Url = new Uri("http://pods.test:8000"), Discovery = Discovery.Dns, Models = ["m"] }],
    };

    public SnapshotFactoryTests() => _factory = new SnapshotFactory(
        new BackendKinds(_transport, _clock, [], new NoServices()), _known,
        new KnownKeys(new Store(null, _clock, NullLogger<Store>.Instance)), new Meters(isShared: false, _clock), new JwksCaches(_clock, NullLogger<JwksCache>.Instance), TestBackends.Pickers(),
        new GatewayMetrics(_clock, () => 0), _clock, NullLogger<Penstock.Routing.ModelCatalog>.Instance,
        NullLogger<Penstock.Health.BackendHealth>.Instance);

    public void Dispose() => _transport.Dispose();

    [Fact]
    public void Create_NameUnknown_IsOneBackend() => Assert.Null(Assert.Single(_factory.Create(_config).Backends).Address);

    [Fact]
    public void Create_TwoAddresses_AreOnePoolUnderModelAndName()
    {
        _known.Update("PODS.test", [Two, One, Two, IPAddress.IPv6Loopback], out _);

        var snapshot = _factory.Create(_config);

        Assert.Equal([One, Two], snapshot.Backends.Select(b => b.Address));
        Assert.Equal(2, snapshot.Router.Resolve("m")!.Pool.Members.Length);
        Assert.Equal(2, snapshot.Router.Resolve("pods")!.Pool.Members.Length);
    }

    [Fact]
    public void Update_SameAddressesInAnotherOrder_IsNoChange()
    {
        Assert.True(_known.Update("pods.test", [Two, One], out _));
        Assert.False(_known.Update("pods.test", [One, Two], out _));
        Assert.True(_known.Update("pods.test", [One], out _));
    }

    [Fact]
    public void Create_AfterAnother_KeepsStatesAndBackends()
    {
        _known.Update("pods.test", [One], out _);
        var before = _factory.Create(_config);
        _known.Update("pods.test", [One, Two], out _);

        var rebuilt = _factory.Create(_config, before);
        var reloaded = _factory.Create(_config);

        Assert.Same(before.Backends[0], rebuilt.Backends[0]);
        Assert.NotSame(before.Backends[0], reloaded.Backends[0]);
        Assert.Same(before.Backends[0].State, reloaded.Backends[0].State);
        Assert.NotSame(rebuilt.Backends[0].State, rebuilt.Backends[1].State);
    }

    [Fact]
    public void Create_AddressGoneForLong_ForgetsIt()
    {
        var two = StateOfTwo(_factory);
        CreateWith(One);
        _clock.Now += TimeSpan.FromMinutes(9);
        CreateWith(One);
        Assert.Same(two, StateOfTwo(_factory));

        CreateWith(One);
        _clock.Now += TimeSpan.FromMinutes(11);
        CreateWith(One);

        Assert.NotSame(two, StateOfTwo(_factory));
    }

    [Fact]
    public void Create_AddressGoneForLongWithARequestInFlight_KeepsIt()
    {
        var two = StateOfTwo(_factory);
        Assert.True(two.TryEnter(null, out var lease));
        CreateWith(One);
        _clock.Now += TimeSpan.FromMinutes(11);
        CreateWith(One);

        Assert.Same(two, StateOfTwo(_factory));
        lease.Dispose();
    }

    [Fact]
    public void Create_AddressGone_RetiresIt_UntilItIsBack()
    {
        var two = StateOfTwo(_factory);
        Assert.False(two.IsRetired);

        CreateWith(One);
        Assert.True(two.IsRetired);
        CreateWith(One, Two);

        Assert.False(two.IsRetired);
    }

    private BackendState StateOfTwo(SnapshotFactory factory)
    {
        _known.Update("pods.test", [One, Two], out _);
        return factory.Create(_config).Backends[1].State;
    }

    private void CreateWith(params IPAddress[] addresses)
    {
        _known.Update("pods.test", addresses, out _);
        _factory.Create(_config);
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
