using FsCheck.Fluent;
using Penstock.Health;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Health;

public sealed class ProbeHistoryTests
{
    private readonly ProbeHistory _history = new() { HealthyAfter = 2, UnhealthyAfter = 3 };

    [Fact]
    public void New_IsUnknown_AndTheFirstSuccessIsBelieved()
    {
        Assert.Equal(ProbeState.Unknown, _history.State);
        Assert.False(_history.Succeeded());
        Assert.Equal(ProbeState.Up, _history.State);
    }

    [Fact]
    public void Failed_ThreeInARow_IsDown_AndSaidOnce()
    {
        Assert.False(_history.Failed());
        Assert.False(_history.Failed());
        Assert.Equal(ProbeState.Unknown, _history.State);
        Assert.True(_history.Failed());
        Assert.Equal(ProbeState.Down, _history.State);
        Assert.False(_history.Failed());
    }

    [Fact]
    public void Failed_WithASuccessBetween_IsNotDown()
    {
        for (var i = 0; i < 5; i++)
        {
            _history.Succeeded();
            _history.Failed();
            _history.Failed();
        }

        Assert.Equal(ProbeState.Up, _history.State);
    }

    [Fact]
    public void Succeeded_TwoInARow_IsUpAgain_AndSaidOnce()
    {
        for (var i = 0; i < 3; i++) _history.Failed();
        Assert.False(_history.Succeeded());
        Assert.False(_history.Failed());
        Assert.False(_history.Succeeded());
        Assert.Equal(ProbeState.Down, _history.State);

        Assert.True(_history.Succeeded());

        Assert.Equal(ProbeState.Up, _history.State);
        Assert.False(_history.Succeeded());
    }

    [Fact]
    public void Forget_Down_IsUnknown_AndCountsAnew()
    {
        for (var i = 0; i < 3; i++) _history.Failed();

        _history.Forget();

        Assert.Equal(ProbeState.Unknown, _history.State);
        _history.Failed();
        _history.Failed();
        Assert.Equal(ProbeState.Unknown, _history.State);
    }

    // The last change of mind is the last run that was long enough.
    [Fact]
    public void Any_Results_AgreeWithTheirRuns() => ForAll.Check(Gen.Elements(true, false).ArrayOf(), results =>
    {
        var history = new ProbeHistory { HealthyAfter = 2, UnhealthyAfter = 3 };
        for (var i = 0; i < results.Length; i++)
        {
            var before = history.State;
            var said = results[i] ? history.Succeeded() : history.Failed();
            var run = results[..(i + 1)].Reverse().TakeWhile(r => r == results[i]).Count();
            var expected = results[i]
                ? before == ProbeState.Down && run < 2 ? ProbeState.Down : ProbeState.Up
                : run >= 3 ? ProbeState.Down : before;

            Assert.Equal(expected, history.State);
            Assert.Equal(before != expected && (before, expected) != (ProbeState.Unknown, ProbeState.Up), said);
        }
    });
}
