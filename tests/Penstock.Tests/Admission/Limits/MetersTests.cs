using System.Runtime.CompilerServices;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Limits;

public sealed class MetersTests
{
    private static readonly LimitsConfig Limits = new() { RequestsPerMinute = 60 };

    private readonly Meters _meters = new(isShared: false, new ManualTime());

    [Fact]
    public void For_NothingLimited_IsNone()
    {
        Assert.Null(_meters.For(MeterScope.Caller, "a", null));
        Assert.Null(_meters.For(MeterScope.Caller, "a", new LimitsConfig()));
        Assert.Null(_meters.ForVisitor("i#a", null));
        Assert.Empty(_meters.All);
    }

    [Fact]
    public void For_Again_KeepsWhatWasUsed()
    {
        var meter = _meters.For(MeterScope.Caller, "a", Limits)!;
        Limiter.TryReserve(meter, null, null, default, out _, out _);

        Assert.Null(_meters.For(MeterScope.Caller, "a", null));
        Assert.Same(meter, _meters.For(MeterScope.Caller, "a", Limits));
        Assert.NotSame(meter, _meters.For(MeterScope.Model, "a", Limits));
    }

    [Fact]
    public void ForVisitor_TwoTokensOfOne_ShareItsLimits()
    {
        var meter = _meters.ForVisitor("i#a", Limits);

        Assert.Same(meter, _meters.ForVisitor("i#a", Limits));
        Assert.Equal([meter], _meters.All);
    }

    // A hundred thousand users that call once are not a hundred thousand meters for ever.
    [Fact]
    public void ForVisitor_NobodyHasItAnyMore_IsForgotten()
    {
        Visit(10_000);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.InRange(_meters.All.Count(), 0, 100);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Visit(int count)
    {
        for (var i = 0; i < count; i++) _meters.ForVisitor($"i#{i}", Limits);
    }
}
