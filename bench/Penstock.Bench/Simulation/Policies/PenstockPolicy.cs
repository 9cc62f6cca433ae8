using System.Globalization;
using System.Runtime.CompilerServices;
using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Engines;
using Penstock.Health;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Routing.Prefix;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// The gateway itself: its pool, its picker and its backends' state, with nothing behind them. A call that the pool has no
/// place for waits in line, and is asked about again when another ends or a server was read.
/// </summary>
internal sealed class PenstockPolicy : ISimulatedPolicy
{
    // As many as the gateway asks before it gives up on a seat.
    private const int Looks = 32;

    private static readonly ModelSettings Settings = new();

    private readonly List<QueueEntry<SimulatedCall>> _pushedOut = [];
    private readonly TimeProvider _time;
    private readonly EngineKind _kind;
    private readonly long _cacheTokens;
    private readonly Backend[] _backends;
    private readonly Pool _pool;
    private readonly FairQueue<SimulatedCall> _line;
    private readonly Dictionary<SimulatedCall, Pick> _picks = [];
    private bool _isStuck;

    public PenstockPolicy(PolicySetting setting, PickerPolicy policy)
    {
        _time = setting.Time;
        _kind = setting.Workload.Engine;
        _cacheTokens = setting.Workload.CacheTokens;
        _backends = [.. Enumerable.Range(0, setting.Servers).Select(i => NewBackend(i, setting))];
        var chance = new Random(setting.Seed);
        // Nobody is turned away, and nobody gives up: all policies are measured by the same calls.
        _line = new FairQueue<SimulatedCall>(new QueueConfig { MaxRequests = int.MaxValue, MaxBytes = long.MaxValue }, chance.NextDouble);
        _pool = new Pool(_backends, new Pickers(new PrefixPools(_time)).Create(policy, _backends, Settings.Stickiness));
    }

    public void Observe(int server, EngineReadings readings, long now)
    {
        var reading = new EngineReading
        {
            Kind = _kind,
            ReadAt = _time.GetTimestamp(),
            Running = readings.Running,
            Waiting = readings.Waiting,
            CacheUsage = readings.CacheUsage,
            CacheTokens = _cacheTokens,
            Seats = readings.Slots?.Count,
            Slots = readings.Slots is null ? null : [.. readings.Slots.Select((isBusy, id) => new SlotReading(id, isBusy, 0))],
        };
        _backends[server].State.Told(new EngineReport(EngineOutcome.Told, reading), _time);
        _isStuck = false;
    }

    public void Arrived(SimulatedCall call, long now)
    {
        var entry = new QueueEntry<SimulatedCall>(
            call, call.Caller, CallerPriority.Normal, call.Plan.PromptTokens + call.Plan.OutputTokens, 0, TimeSpan.MaxValue);
        if (_line.TryAdd(entry, TimeSpan.FromMicroseconds(now), _pushedOut) != QueueVerdict.Added || _pushedOut.Count > 0)
            throw new InvalidOperationException("The line has no bound here.");
        _isStuck = false;
    }

    public bool TryNext(long now, out SimulatedDispatch dispatch)
    {
        dispatch = default;
        if (_isStuck || _line.Count == 0) return false;
        Pick pick = default;
        var at = TimeSpan.FromMicroseconds(now);
        if (!_line.TryServe(Looks, at, call => _pool.TryPick(call.Shape, null, out pick, mayWait: _time.GetElapsedTime(call.ArrivedAt) < LineTicket.ChoosyFor(Settings.Queue.Timeout)), out var served))
        {
            _isStuck = true;
            return false;
        }

        var call = served.Item;
        _picks.Add(call, pick);
        dispatch = new SimulatedDispatch(call, Array.IndexOf(_backends, pick.Backend), pick.Dispatch?.Slot);
        return true;
    }

    public void FirstToken(SimulatedCall call, long now) => _picks[call].Dispatch?.FirstToken(TimeSpan.FromMicroseconds(now - call.SentAt));

    public void Ended(SimulatedCall call, long now)
    {
        _picks.Remove(call, out var pick);
        var after = TimeSpan.FromMicroseconds(now - call.SentAt);
        call.Shape.WithAnswer = Simulator.BlocksOf(call.Plan.Blocks.Span);
        pick.Dispatch?.Answered(after, new TokenUsage(call.Plan.PromptTokens, call.Plan.OutputTokens, call.CachedTokens));
        pick.Backend.State.Answered(after, TimeSpan.FromMicroseconds(call.FirstTokenAt - call.SentAt));
        pick.Dispose();
        _isStuck = false;
    }

    private static Backend NewBackend(int index, PolicySetting setting)
    {
        var config = new BackendConfig
        {
            Name = "gpu-" + index.ToString(CultureInfo.InvariantCulture),
            Type = "http",
            Kind = setting.Workload.Engine,
            MaxConcurrency = setting.Workload.Seats,
        };
        return new Backend(config, new SilentBackend(), new BackendState(new StrongBox<long>(), new BackendHealth(config.Name, setting.Time)));
    }
}
