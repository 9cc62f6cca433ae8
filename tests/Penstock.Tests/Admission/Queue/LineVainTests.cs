using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>Who waits in vain, because nobody could answer it any more, and whom those keep from a seat that they do not want.</summary>
public sealed class LineVainTests : IDisposable
{
    private readonly LineRig _rig = new();
    private readonly BackendState _busy;
    private readonly BackendState _other;
    private readonly BackendState.Lease _lease;
    private readonly Line _line;
    private bool _isAble = true;

    public LineVainTests()
    {
        _busy = _rig.NewBackend();
        _other = _rig.NewBackend();
        _line = _rig.NewLine();
        Assert.True(_busy.TryEnter(1, out _));
        Assert.True(_other.TryEnter(1, out _lease!));
    }

    public void Dispose() => _rig.Dispose();

    // More than one round sends away.
    [Fact]
    public async Task NobodyCanAnswer_AllAreMovedAtOnce()
    {
        var waiting = Enumerable.Range(0, 100).Select(_ => LineRig.WaitAsync(_line, new SeatTaker(_busy, () => 1) { IsAble = () => Volatile.Read(ref _isAble) })).ToArray();
        Volatile.Write(ref _isAble, false);
        _busy.Watchers.WakeElsewhere();

        Assert.All(await Task.WhenAll(waiting).WaitAsync(Patience.Default), answer => Assert.Equal(LineEnd.Moved, answer.End));
        Assert.Equal(0, _line.Count);
    }

    [Fact]
    public async Task NobodyCanAnswerOne_NobodyTells_IsMovedWithinASecondAndOthersStay()
    {
        var dead = LineRig.WaitAsync(_line, new SeatTaker(_busy, () => 1) { IsAble = () => _isAble });
        var able = LineRig.WaitAsync(_line, new SeatTaker(_other, () => 1));
        _isAble = false;
        Assert.False(dead.IsCompleted);
        _rig.Time.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal(LineEnd.Moved, (await dead.WaitAsync(Patience.Default)).End);
        Assert.Equal((1, false), (_line.Count, able.IsCompleted));
        _lease.Dispose();
        Assert.Equal(LineEnd.Served, (await able.WaitAsync(Patience.Default)).End);
    }

    [Fact]
    public async Task NobodyCanAnswer_AnotherPoolsSeatIsFree_IsTakenBeforeThat()
    {
        var seeker = new SeatTaker(_other, () => 1) { IsAble = () => _isAble };
        var waiting = LineRig.WaitAsync(_line, seeker);
        _isAble = false;
        _lease.Dispose();

        Assert.Equal(LineEnd.Served, (await waiting.WaitAsync(Patience.Default)).End);
    }

    [Fact]
    public void OnlyOneWhoWantsACertainServerWaits_KeepsNobodyFromOthers()
    {
        _ = LineRig.WaitAsync(_line, new SeatTaker(_busy, () => 1) { TakesAny = false });
        Assert.Equal((1, false), (_line.Count, _line.IsWaitedIn));
        _ = LineRig.WaitAsync(_line, new SeatTaker(_busy, () => 1));

        Assert.Equal((2, true), (_line.Count, _line.IsWaitedIn));
    }

    [Fact]
    public async Task WhoTakesAnyHasLeft_LineIsNotWaitedIn()
    {
        var seeker = new SeatTaker(_other, () => 1);
        var served = LineRig.WaitAsync(_line, seeker);
        _ = LineRig.WaitAsync(_line, new SeatTaker(_busy, () => 1) { TakesAny = false });
        _lease.Dispose();

        Assert.Equal(LineEnd.Served, (await served.WaitAsync(Patience.Default)).End);
        Assert.Equal((1, false), (_line.Count, _line.IsWaitedIn));
    }

    [Fact]
    public void AllLeaveASeatForABetterOne_OthersMayHaveIt()
    {
        _ = LineRig.WaitAsync(_line, new PickySeeker(_busy, _other));
        Assert.True(_line.IsWaitedIn);
        _lease.Dispose();
        Assert.Equal((1, false), (_line.Count, _line.IsWaitedIn));
        Assert.True(_other.TryEnter(1, out _));
        // This one would have it.
        _ = LineRig.WaitAsync(_line, new SeatTaker(_other, () => 1));

        Assert.Equal((2, true), (_line.Count, _line.IsWaitedIn));
    }
}
