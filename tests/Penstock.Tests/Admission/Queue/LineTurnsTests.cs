using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>Two lines whose callers want the same backend's seats.</summary>
public sealed class LineTurnsTests : IDisposable
{
    private readonly LineRig _rig = new();
    private readonly BackendState _state;
    private readonly Line _one;
    private readonly Line _other;
    private int _seats = 1;

    public LineTurnsTests()
    {
        _state = _rig.NewBackend();
        _one = _rig.NewLine();
        _other = _rig.NewLine();
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task SeatFreed_TwoLinesWait_TheyTakeTurns()
    {
        Assert.True(_state.TryEnter(1, out var lease));
        var ones = Enter(_one, 5);
        var others = Enter(_other, 2);
        var order = "";
        while (ones.Count + others.Count > 0)
        {
            lease.Dispose();
            await Task.WhenAny(ones.Keys.Concat(others.Keys)).WaitAsync(Patience.Default);
            lease = TakeServed(ones) is { } one ? Note("1", one) : Note("2", TakeServed(others)!);
        }

        lease.Dispose();
        Assert.Equal("1212111", order);
        Assert.Equal(0, _state.InFlight);

        BackendState.Lease Note(string line, BackendState.Lease taken)
        {
            order += line;
            return taken;
        }
    }

    [Fact]
    public async Task SeatsGrow_TwoLinesWait_EachHasSome()
    {
        Assert.True(_state.TryEnter(1, out _));
        var ones = Enter(_one, 5);
        var others = Enter(_other, 5);
        Volatile.Write(ref _seats, 5);
        _state.Watchers.WakeElsewhere();

        await Patience.UntilAsync(() => _state.InFlight == 5, "all seats taken");
        await Patience.UntilAsync(() => ones.Keys.Concat(others.Keys).Count(call => call.IsCompleted) == 4, "four served");
        Assert.InRange(others.Keys.Count(call => call.IsCompleted), 1, 3);
    }

    private Dictionary<Task<LineAnswer>, SeatTaker> Enter(Line line, int count) => Enumerable.Range(0, count)
        .Select(_ => new SeatTaker(_state, () => Volatile.Read(ref _seats)))
        .ToDictionary(seeker => LineRig.WaitAsync(line, seeker));

    private static BackendState.Lease? TakeServed(Dictionary<Task<LineAnswer>, SeatTaker> calls)
    {
        if (calls.Keys.FirstOrDefault(call => call.IsCompleted) is not { } served) return null;
        calls.Remove(served, out var seeker);
        return seeker!.Lease;
    }
}
