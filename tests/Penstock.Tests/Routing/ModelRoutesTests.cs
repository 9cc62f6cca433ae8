using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;
using Xunit;

namespace Penstock.Tests.Routing;

/// <summary>Routes of the models that the configuration writes out (<c>models</c>).</summary>
public sealed class ModelRoutesTests
{
    private static readonly ModelConfig Llama = new()
    {
        Name = "llama",
        Backends = ["b", "a"],
        Policy = PickerPolicy.RoundRobin,
        Fallbacks = ["qwen", "hosted"],
        Aliases = ["gpt-4o", "gpt-3*"],
        Settings = new ModelSettings { Rescue = false },
    };

    private static readonly ModelConfig Qwen = new() { Name = "qwen", Backends = ["c"], Fallbacks = ["llama"] };
    private static readonly ModelConfig Pattern = new() { Name = "mistral-*", Backends = ["c"] };

    private static readonly Backend[] Backends =
    [
        TestBackends.New("a", "llama", "own", "own-*", "gpt-*"), TestBackends.New("b", "own", "gpt-3*"), TestBackends.New("c"), TestBackends.New("hosted"),
    ];

    [Theory]
    [InlineData("llama", "llama", "b,a|c|hosted")]
    [InlineData("gpt-4o", "llama", "b,a|c|hosted")]
    [InlineData("gpt-3.5", "llama", "b,a|c|hosted")]
    [InlineData("qwen", "qwen", "c|b,a")]
    [InlineData("mistral-7b", "mistral-*", "c")]
    [InlineData("own", "own", "a,b")]
    [InlineData("own-x", "own-*", "a")]
    [InlineData("gpt-4o-mini", "gpt-*", "a")]
    [InlineData("c", "c", "c")]
    [InlineData("nobody", null, null)]
    public void Resolve_Model_HasItsPoolAndThoseOfItsFallbacks(string model, string? name, string? pools)
    {
        var route = Router().Resolve(model);

        Assert.Equal(name, route?.Name);
        Assert.Equal(pools, route is null ? null : string.Join('|', route.Pools.Select(Names)));
    }

    [Theory]
    [InlineData("llama", "llama|qwen|")]
    [InlineData("gpt-4o", "llama|qwen|")]
    [InlineData("gpt-3.5", "llama|qwen|")]
    [InlineData("mistral-7b", "")]
    [InlineData("own", "")]
    [InlineData("c", "")]
    [InlineData("unknown", "llama|qwen|")]
    public void Resolve_Model_AsksItsPoolsForTheirModels(string model, string models) =>
        Assert.Equal(models, string.Join('|', Router("llama").Resolve(model)!.Pools.Select(pool => pool.Model)));

    [Fact]
    public void Resolve_DefaultIsAModel_IsItsRouteUnderTheNameOfOthers()
    {
        var router = Router("llama");

        var route = router.Resolve("unknown");

        Assert.Equal("other", route?.Name);
        Assert.Equal(router.Resolve("llama")!.Pools, route!.Pools);
        Assert.Equal(Llama.Settings, route.Settings);
    }

    [Fact]
    public void Resolve_SameModelTwice_SharesItsPool()
    {
        var router = Router();

        Assert.Same(router.Resolve("llama")!.Pool, router.Resolve("qwen")!.Pools[1]);
        Assert.Same(router.Resolve("llama")!.Pools[1], router.Resolve("qwen")!.Pool);
        Assert.Same(router.Resolve("hosted")!.Pool, router.Resolve("llama")!.Pools[2]);
        Assert.Same(router.Resolve("llama"), router.Resolve("gpt-4o"));
    }

    [Fact]
    public void Resolve_Model_HasItsPolicyAndSettings()
    {
        var router = Router();

        var route = router.Resolve("llama")!;
        var picks = Enumerable.Range(0, 4).Select(_ => route.Pool.TryPick(null, null, out var pick) && Leave(pick.Seat) ? pick.Backend.Name : "");

        Assert.Equal(["b", "a", "b", "a"], picks);
        Assert.False(route.Settings.Rescue);
        Assert.Equal(TimeSpan.FromSeconds(99), router.Resolve("own")!.Settings.Keepalive);
        Assert.Equal(TimeSpan.FromSeconds(99), router.Resolve("c")!.Settings.Keepalive);
    }

    // As where DNS knows several addresses.
    [Fact]
    public void Resolve_SeveralBackendsOfOneName_AreAllInItsPools()
    {
        var router = new ModelRouter([TestBackends.New("a", "own"), TestBackends.New("a", "own"), TestBackends.New("b")], new GatewayConfig
        {
            Backends = [],
            Models = [new ModelConfig { Name = "llama", Backends = ["b", "a"], Fallbacks = ["a"] }],
            DefaultBackend = "a",
        }, TestBackends.Pickers());

        Assert.Equal("b,a,a|a,a", string.Join('|', router.Resolve("llama")!.Pools.Select(Names)));
        Assert.All((string[])["own", "a", "unknown"], model => Assert.Equal("a,a", Names(router.Resolve(model)!.Pool)));
    }

    [Fact]
    public void Names_Router_HasModelsAndAliases() => Assert.Equal(
        ["a", "b", "c", "gpt-4o", "hosted", "llama", "own", "qwen"], Router().Names.Distinct().Order(StringComparer.Ordinal));

    private static ModelRouter Router(string? defaultBackend = null) => new(Backends, new GatewayConfig
    {
        Backends = [.. Backends.Select(b => b.Config)],
        Models = [Llama, Qwen, Pattern],
        Settings = new ModelSettings { Keepalive = TimeSpan.FromSeconds(99) },
        DefaultBackend = defaultBackend,
    }, TestBackends.Pickers());

    private static string Names(Pool pool) => string.Join(',', pool.Members.ToArray().Select(b => b.Name));

    private static bool Leave(BackendState.Lease lease)
    {
        lease.Dispose();
        return true;
    }
}
