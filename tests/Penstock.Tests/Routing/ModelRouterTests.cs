using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;
using Xunit;

namespace Penstock.Tests.Routing;

public sealed class ModelRouterTests
{
    private static readonly Backend Small = TestBackends.New("small", "llama-8b", "qwen-*");
    private static readonly Backend Large = TestBackends.New("large", "llama-70b", "qwen-7*", "llama-8b", "small");
    private static readonly Backend Spare = TestBackends.New("spare", "qwen-*", "*");

    [Theory]
    [InlineData("llama-70b", "llama-70b", "large")]
    [InlineData("llama-8b", "llama-8b", "small,large")]
    [InlineData("qwen-72b", "qwen-7*", "large")]
    [InlineData("qwen-1b", "qwen-*", "small,spare")]
    // A backend that serves the name comes before one that is called so.
    [InlineData("small", "small", "large")]
    [InlineData("anything", "*", "spare")]
    public void Resolve_Model_PicksExactThenClosestPattern(string model, string route, string members) =>
        AssertRoute(NewRouter(null, Small, Large, Spare), model, route, members);

    [Theory]
    [InlineData("large", "large", "large")]
    [InlineData("small", "small", "small")]
    [InlineData("unknown", "other", "large")]
    [InlineData("", "other", "large")]
    [InlineData("LARGE", "other", "large")]
    [InlineData("other", "other", "large")]
    public void Resolve_NoModelMatches_PicksByNameThenTheDefault(string model, string route, string members)
    {
        var router = NewRouter("large", TestBackends.New("small", "llama-8b"), TestBackends.New("large"));

        AssertRoute(router, model, route, members);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("")]
    public void Resolve_UnknownWithoutDefault_FindsNothing(string model) =>
        Assert.Null(NewRouter(null, TestBackends.New("a", "x")).Resolve(model));

    [Fact]
    public void Names_Router_AreThoseWrittenOut()
    {
        var names = NewRouter(null, Small, Large).Names;

        Assert.Equal(["large", "llama-70b", "llama-8b", "small"], names.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Resolve_TwoPatternsEquallyClose_PicksTheFirst()
    {
        var router = NewRouter(null, TestBackends.New("a", "x*"), TestBackends.New("b", "*y"));

        AssertRoute(router, "xy", "x*", "a");
    }

    private static ModelRouter NewRouter(string? defaultBackend, params Backend[] backends) =>
        new(backends, new GatewayConfig { Backends = [.. backends.Select(b => b.Config)], DefaultBackend = defaultBackend }, TestBackends.Pickers());

    private static void AssertRoute(ModelRouter router, string model, string name, string members)
    {
        var route = router.Resolve(model);

        Assert.NotNull(route);
        Assert.Equal(name, route.Name);
        Assert.Equal(members, string.Join(',', route.Pool.Members.ToArray().Select(b => b.Name)));
    }
}
