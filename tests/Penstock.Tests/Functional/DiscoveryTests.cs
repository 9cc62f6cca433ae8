using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Backends;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>A name with several addresses is several servers, which come and go.</summary>
public sealed class DiscoveryTests : IAsyncLifetime
{
    private const string One = "127.0.0.1";
    private const string Two = "127.0.0.2";

    private readonly TestNames _names = new();
    private readonly ScriptedUpstream _one;
    private readonly ScriptedUpstream _two;

    public DiscoveryTests()
    {
        _one = ScriptedUpstream.Start();
        _two = ScriptedUpstream.Start(address: IPAddress.Parse(Two), port: _one.Port);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        Assert.Empty(_one.ScriptErrors);
        Assert.Empty(_two.ScriptErrors);
    }

    [Fact]
    public async Task Name_WithTwoAddresses_IsTwoServersOfOneName()
    {
        await using var gateway = await StartAsync(One, Two);

        await AssertAnsweredAsync(gateway, requests: 40);

        Assert.NotEmpty(_one.Requests);
        Assert.NotEmpty(_two.Requests);
        Assert.Equal(40, _one.Requests.Count + _two.Requests.Count);
        Assert.All(_one.Requests.Concat(_two.Requests), request => Assert.Equal($"pods.test:{_one.Port}", request.Header("Host")));
    }

    [Fact]
    public async Task Servers_OfOneName_HaveStatesOfTheirOwn()
    {
        await using var gateway = await StartAsync(One, Two);
        _one.Script = _two.Script = Scripts.PauseAfter(1, "Hello world");

        // The second goes to the one that is free, whichever had the first.
        using var first = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));
        using var second = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        Assert.Single(_one.Requests);
        Assert.Single(_two.Requests);
        Assert.Equal([1, 1], gateway.Get<GatewayRuntime>().Current.Backends.Select(b => b.State.InFlight));
        Assert.Equal(2, gateway.Get<Penstock.Telemetry.GatewayMetrics>().BackendsInFlight.Single(b => b.Backend == "remote").Count);
        _one.Release();
        _two.Release();
    }

    [Fact]
    public async Task Address_ThatVanishes_FinishesWhatItHas_AndGetsNothingMore()
    {
        await using var gateway = await StartAsync(Two);
        _two.Script = Scripts.PauseAfter(1, "Hello world");
        using var open = await gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x", ",\"stream\":true"));

        _names.Set("pods.test", One);
        await gateway.Get<DnsDiscovery>().RefreshAsync(CancellationToken.None);
        await AssertAnsweredAsync(gateway, requests: 10);
        _two.Release();

        var stream = SseText.Parse(await open.Content.ReadAsStringAsync());
        Assert.Equal("Hello world", stream.Content);
        Assert.True(stream.IsDone);
        Assert.Single(_two.Requests);
        Assert.Equal(10, _one.Requests.Count);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Address_ThatAppears_IsAskedToo()
    {
        await using var gateway = await StartAsync(One);
        await AssertAnsweredAsync(gateway, requests: 3);
        var old = Assert.Single(gateway.Get<GatewayRuntime>().Current.Backends);

        _names.Set("pods.test", Two, One);
        await gateway.Get<DnsDiscovery>().RefreshAsync(CancellationToken.None);
        await AssertAnsweredAsync(gateway, requests: 40);

        Assert.NotEmpty(_two.Requests);
        Assert.Contains(old, gateway.Get<GatewayRuntime>().Current.Backends);
        await gateway.WaitForLogAsync($"2 servers: {One}, {Two}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Name_ThatIsLost_KeepsItsAddresses(bool fails)
    {
        await using var gateway = await StartAsync(One, Two);
        var before = gateway.Get<GatewayRuntime>().Current;

        if (fails) _names.Fail("pods.test", SocketError.TryAgain);
        else _names.Set("pods.test");
        await gateway.Get<DnsDiscovery>().RefreshAsync(CancellationToken.None);
        await gateway.Get<DnsDiscovery>().RefreshAsync(CancellationToken.None);

        Assert.Same(before, gateway.Get<GatewayRuntime>().Current);
        await AssertAnsweredAsync(gateway, requests: 4);
        await gateway.WaitForLogAsync("cannot be resolved, and keeps what it had");
        Assert.Single(gateway.Log.Split('\n'), line => line.Contains("cannot be resolved", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_KeepsAddressesAndTheirStates()
    {
        await using var gateway = await StartAsync(One, Two);
        var before = gateway.Get<GatewayRuntime>().Current;

        await File.AppendAllTextAsync(gateway.ConfigFile, "\n    weight: 2\n");
        Assert.True(gateway.Get<GatewayRuntime>().TryReload(), gateway.Log);

        var after = gateway.Get<GatewayRuntime>().Current;
        Assert.All(after.Backends, backend => Assert.Equal(2, backend.Config.Weight));
        Assert.Equal(before.Backends.Select(b => b.Address), after.Backends.Select(b => b.Address));
        Assert.Equal(before.Backends.Select(b => b.State), after.Backends.Select(b => b.State));
    }

    [Fact]
    public async Task Name_NotResolvedYet_IsOneServer()
    {
        _names.Hang("pods.test");
        await using var gateway = await StartAsync(One);

        Assert.Null(Assert.Single(gateway.Get<GatewayRuntime>().Current.Backends).Address);
    }

    [Fact]
    public async Task Names_AreAskedAgain_AtEachTick()
    {
        var clock = new TickingClock(TimeSpan.FromSeconds(10));
        _names.Set("pods.test", One);
        await using var gateway = await StartAsync(clock);
        await WaitForBackendsAsync(gateway, 1);
        _names.Set("pods.test", One, Two);

        clock.Tick();

        await WaitForBackendsAsync(gateway, 2);
    }

    private static async Task AssertAnsweredAsync(TestGateway gateway, int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            // Prompts that differ: the same one goes to the same server.
            using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat($"prompt {i}"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("remote", Answers.HeaderOf(response, "X-Backend"));
        }
    }

    private static Task WaitForBackendsAsync(TestGateway gateway, int count) => Patience.UntilAsync(
        () => gateway.Get<GatewayRuntime>().Current.Backends is var backends && backends.Count == count && backends.All(b => b.Address is not null),
        $"{count} discovered backends");

    private async Task<TestGateway> StartAsync(params string[] addresses)
    {
        _names.Set("pods.test", addresses);
        var gateway = await StartAsync(TimeProvider.System);
        if (!_names.IsHanging("pods.test")) await WaitForBackendsAsync(gateway, addresses.Length);
        return gateway;
    }

    private Task<TestGateway> StartAsync(TimeProvider time) => TestGateway.StartAsync($"""
        default_backend: remote
        backends:
          - name: remote
            url: http://pods.test:{_one.Port}
            discovery: dns
        """, configure: services =>
        {
            services.AddSingleton(time);
            services.AddSingleton<INameResolver>(_names);
        });

    /// <summary>The system's clock, but for timers of one period, which tick when the test says so.</summary>
    private sealed class TickingClock(TimeSpan held) : TimeProvider
    {
        private readonly Recorded<Action> _held = new();

        public void Tick()
        {
            foreach (var tick in _held.Snapshot()) tick();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (period != held) return base.CreateTimer(callback, state, dueTime, period);
            _held.Add(() => callback(state));
            return base.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
