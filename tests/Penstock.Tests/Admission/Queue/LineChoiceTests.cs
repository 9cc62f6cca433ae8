using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>Two backends with a seat each, and callers who want one of them in particular.</summary>
public sealed class LineChoiceTests : IDisposable
{
    private readonly LineRig _rig = new();
    private readonly BackendState _busy;
    private readonly BackendState _idle;
    private readonly BackendState.Lease _lease;
    private readonly Line _line;

    public LineChoiceTests()
    {
        _busy = _rig.NewBackend();
        _idle = _rig.NewBackend();
        _line = _rig.NewLine();
        Assert.True(_busy.TryEnter(1, out _));
        Assert.True(_idle.TryEnter(1, out _lease!));
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task SeatFreed_ManyBeforeItCannotUseIt_IsServed()
    {
        var pinned = Enter(40, () => new PickySeeker(_busy));
        var able = Enter(1, () => new PickySeeker(_idle))[0];
        _lease.Dispose();

        Assert.Equal(LineEnd.Served, (await able.Call.WaitAsync(Patience.Default)).End);
        Assert.All(pinned, one => Assert.Equal(0, one.Seeker.Asked));
    }

    // It is freed after the first was asked, and before the second is.
    [Fact]
    public async Task SeatFreed_WhileTheyAreAsked_IsTheFirsts()
    {
        var asked = 0;
        var isAsked = false;
        var first = LineRig.WaitAsync(_line, new SeatTaker(_idle, () => isAsked && asked++ == 0 ? 0 : 1));
        var second = LineRig.WaitAsync(_line, new SeatTaker(_idle, () => 1));
        isAsked = true;
        _lease.Dispose();

        Assert.Equal(LineEnd.Served, (await first.WaitAsync(Patience.Default)).End);
        Assert.False(second.IsCompleted);
        Assert.Equal(1, _line.Count);
    }

    [Fact]
    public async Task SeatFreed_MoreThanAreAskedLikeAnother_FirstTakesIt()
    {
        var choosy = Enter(40, () => new PickySeeker(_busy, _idle));
        _lease.Dispose();

        Assert.Equal(LineEnd.Served, (await choosy[0].Call.WaitAsync(Patience.Default)).End);
        Assert.Equal(39, _line.Count);
    }

    [Fact]
    public async Task SeatFreed_FewLikeAnother_IsLeftForSomeSecondsAtMost()
    {
        var choosy = Enter(3, () => new PickySeeker(_busy, _idle));
        _lease.Dispose();
        _rig.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal((3, 0), (_line.Count, _idle.InFlight));
        _rig.Time.Advance(TimeSpan.FromSeconds(1.2));

        Assert.Equal(LineEnd.Served, (await choosy[0].Call.WaitAsync(Patience.Default)).End);
        Assert.Equal(2, _line.Count);
    }

    [Fact]
    public async Task HalfOfItsTimeIsOver_TakesWhatIsFree()
    {
        var choosy = Enter(1, () => new PickySeeker(_busy, _idle), timeout: 1)[0];
        _lease.Dispose();
        _rig.Time.Advance(TimeSpan.FromSeconds(0.49));
        Assert.Equal(1, _line.Count);
        _rig.Time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(LineEnd.Served, (await choosy.Call.WaitAsync(Patience.Default)).End);
        Assert.InRange((await choosy.Call).Waited.TotalSeconds, 0.5, 0.59);
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(10, 15)]
    public async Task NoRoomInLine_OthersLeaveASeat_HasThat(int requests, int bytes)
    {
        var bounds = new QueueConfig { MaxRequests = requests, MaxBytes = bytes };
        var choosy = Enter(1, () => new PickySeeker(_busy, _idle), bounds: bounds)[0];
        _lease.Dispose();
        var newcomer = Enter(1, () => new PickySeeker(_busy, _idle), bounds: bounds)[0];

        Assert.Equal(LineEnd.Served, (await newcomer.Call.WaitAsync(Patience.Default)).End);
        Assert.Null(choosy.Seeker.Lease);
        // That was the last one.
        var refused = Enter(1, () => new PickySeeker(_busy, _idle), bounds: bounds)[0];
        Assert.Equal(LineEnd.Full, (await refused.Call.WaitAsync(Patience.Default)).End);
    }

    [Fact]
    public async Task PushedOut_HasLeftASeat_HasThat()
    {
        var bounds = new QueueConfig { MaxRequests = 1 };
        var choosy = Enter(1, () => new PickySeeker(_busy, _idle), bounds: bounds)[0];
        _lease.Dispose();
        _ = LineRig.WaitAsync(_line, new PickySeeker(_busy), bounds: bounds, priority: CallerPriority.High);

        Assert.Equal(LineEnd.Served, (await choosy.Call.WaitAsync(Patience.Default)).End);
        Assert.Equal((1, 1), (_line.Count, _idle.InFlight));
    }

    [Fact]
    public async Task ListenerThrows_CallsGoOnAllTheSame()
    {
        using var line = _rig.NewLine(() => throw new InvalidTimeZoneException());
        var first = new PickySeeker(_idle);
        var second = new PickySeeker(_idle);
        var (one, two) = (LineRig.WaitAsync(line, first), LineRig.WaitAsync(line, second));
        _lease.Dispose();
        Assert.Equal(LineEnd.Served, (await one.WaitAsync(Patience.Default)).End);
        first.Lease!.Dispose();

        Assert.Equal(LineEnd.Served, (await two.WaitAsync(Patience.Default)).End);
        Assert.Equal(2, _rig.Reported.Count);
    }

    // It is told of the one who had to leave for somebody, and not to that one.
    [Fact]
    public async Task ListenerThrows_WhoHasPushedSomebodyOutStandsInLine()
    {
        var bounds = new QueueConfig { MaxRequests = 1 };
        using var line = _rig.NewLine(() => throw new InvalidTimeZoneException());
        var choosy = new PickySeeker(_busy, _idle);
        var pushedOut = LineRig.WaitAsync(line, choosy, bounds: bounds);
        _lease.Dispose();
        var newcomer = new PickySeeker(_idle);
        var waiting = LineRig.WaitAsync(line, newcomer, bounds: bounds, priority: CallerPriority.High);

        Assert.Equal(LineEnd.Served, (await pushedOut.WaitAsync(Patience.Default)).End);
        Assert.Equal((1, false), (line.Count, waiting.IsCompleted));
        Assert.Single(_rig.Reported);
        choosy.Lease!.Dispose();
        Assert.Equal(LineEnd.Served, (await waiting.WaitAsync(Patience.Default)).End);
        newcomer.Lease!.Dispose();
        Assert.Equal((0, 0), (line.Count, _idle.InFlight));
    }

    private (Task<LineAnswer> Call, PickySeeker Seeker)[] Enter(int count, Func<PickySeeker> make, double timeout = 3600, QueueConfig? bounds = null) =>
        [.. Enumerable.Range(0, count).Select(_ => make()).Select(seeker => (LineRig.WaitAsync(_line, seeker, timeout, bounds), seeker))];
}
