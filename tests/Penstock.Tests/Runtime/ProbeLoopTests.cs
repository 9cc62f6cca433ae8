using System.Runtime.CompilerServices;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Runtime;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Runtime;

/// <summary>The rhythm of probes, and what becomes of those of an application's own kind of backend.</summary>
public sealed class ProbeLoopTests
{
    private static readonly HealthConfig Config = new()
    {
        IsProbed = true,
        Interval = TimeSpan.FromSeconds(10),
        Timeout = TimeSpan.FromSeconds(2),
    };

    private readonly ManualTime _time = new();
    private readonly Checked _kind = new();
    private readonly BackendHealth _health;

    public ProbeLoopTests()
    {
        _health = new BackendHealth("own", _time);
        _health.Configure(Config, new BreakerConfig());
    }

    [Fact]
    public async Task Probes_ComeAtOnce_AndThenAtTheInterval_ATenthMoreOrLess()
    {
        await using var loop = new ProbeLoop(New(), _time);
        for (var i = 1; i < 20; i++)
        {
            var pause = await NextAsync();

            Assert.InRange(pause.TotalSeconds, 9, 11);
            Assert.Equal(i, _kind.Paths.Count);
            _time.Advance(pause);
        }

        Assert.Equal(ProbeState.Up, _health.Read().Probes);
    }

    [Fact]
    public async Task Probe_ThatThrowsAnything_Failed_AndTheNextOneComes()
    {
        _kind.Answer = _ => throw new InvalidOperationException("the GPU is on fire");
        await using var loop = new ProbeLoop(New(), _time);

        _time.Advance(await NextAsync());
        _time.Advance(await NextAsync());
        await NextAsync();

        Assert.Equal(Obstacle.Down, _health.Obstacle);
        Assert.Equal("the GPU is on fire", _health.Read().LastError?.Message);
    }

    [Fact]
    public async Task Probe_ThatHeedsNoToken_EndsAtItsTimeout()
    {
        _kind.Answer = _ => Task.Delay(Timeout.Infinite, CancellationToken.None);
        await using var loop = new ProbeLoop(New(), _time);
        await _time.WaitForTimersAsync();

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.InRange((await NextAsync()).TotalSeconds, 7, 9);
        Assert.Equal("its health check was not answered within 2 s", _health.Read().LastError?.Message);
    }

    [Fact]
    public async Task Backend_Replaced_IsProbedInstead()
    {
        await using var loop = new ProbeLoop(New("/old"), _time);
        var pause = await NextAsync();

        loop.Backend = New("/new");
        _time.Advance(pause);
        await NextAsync();

        Assert.Equal(["/old", "/new"], _kind.Paths);
    }

    [Fact]
    public async Task Dispose_WhileAProbeHangs_EndsIt_AndSaysNothing()
    {
        _kind.Answer = token => Task.Delay(Timeout.Infinite, token);
        var loop = new ProbeLoop(New(), _time);
        await _time.WaitForTimersAsync();

        await loop.DisposeAsync().AsTask().WaitAsync(Patience.Default);

        Assert.Null(_health.Read().LastError);
    }

    private Backend New(string? path = null)
    {
        var config = new BackendConfig { Name = "own", Type = "own", Health = Config with { Path = path } };
        return new Backend(config, _kind, new BackendState(new StrongBox<long>(), _health));
    }

    // How long the loop waits for its next probe; a probe's own deadline is sooner.
    private async Task<TimeSpan> NextAsync()
    {
        await Patience.UntilAsync(() => _time.NextDueIn > TimeSpan.FromSeconds(2), "the loop waits for its next probe");
        return _time.NextDueIn!.Value;
    }

    private sealed class Checked : IBackend
    {
        private readonly Recorded<string?> _paths = new();

        public Func<CancellationToken, Task> Answer { get; set; } = _ => Task.CompletedTask;

        public IReadOnlyList<string?> Paths => _paths.Snapshot();

        public ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async ValueTask CheckHealthAsync(string? path, CancellationToken cancellationToken)
        {
            _paths.Add(path);
            await Answer(cancellationToken);
        }
    }
}
