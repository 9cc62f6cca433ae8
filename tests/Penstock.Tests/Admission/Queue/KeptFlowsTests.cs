using Penstock.Admission.Queue;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

public sealed class KeptFlowsTests
{
    private readonly KeptFlows<string> _kept = new();

    [Fact]
    public void Take_WasKept_IsTheSameOnce()
    {
        var flow = Keep("a", 0);

        Assert.Null(Take("b", 1));
        Assert.Same(flow, Take("a", 1));
        Assert.Null(Take("a", 1));
    }

    [Fact]
    public void Take_AfterLong_IsNothing()
    {
        Keep("a", 0);
        Keep("b", 1);

        Assert.Null(Take("a", KeptFlows<string>.Longest.TotalSeconds));
        Assert.NotNull(Take("b", KeptFlows<string>.Longest.TotalSeconds));
    }

    [Fact]
    public void Keep_TooMany_ForgetsWhoHasLeftFirst()
    {
        for (var i = 0; i <= KeptFlows<string>.Most; i++) Keep($"c{i}", i * 0.001);

        Assert.Null(Take("c0", 10));
        Assert.NotNull(Take("c1", 10));
        Assert.NotNull(Take($"c{KeptFlows<string>.Most}", 10));
    }

    private CallerFlow<string> Keep(string caller, double seconds)
    {
        var flow = new CallerFlow<string>(caller, 0, 0);
        _kept.Keep(flow, TimeSpan.FromSeconds(seconds));
        return flow;
    }

    private CallerFlow<string>? Take(string caller, double seconds) => _kept.Take(caller, TimeSpan.FromSeconds(seconds));
}
