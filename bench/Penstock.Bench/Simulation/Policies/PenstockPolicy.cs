using System.Globalization;
using System.Runtime.CompilerServices;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Engines;
using Penstock.Health;
using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Bench.Simulation.Policies;

/// <summary>
/// The gateway itself: its pool, its picker and its backends' state, with nothing behind them. A call that the pool has no
/// place for waits in line, and is asked about again when another ends or a server was read.
/// </summary>
internal sealed class PenstockPolicy : ISimulatedPolicy
{
    private readonly TimeProvider _time;
    private readonly EngineKind _kind;
    private readonly long _cacheTokens;
    private readonly Backend[] _backends;
    private readonly Pool _pool;
    private readonly LinkedList<SimulatedCall> _line = [];
    private readonly Dictionary<SimulatedCall, Pick> _picks = [];
    private bool _isStuck;

    public PenstockPolicy(PolicySetting setting, PickerPolicy policy)
    {
        _time = setting.Time;
        _kind = setting.Workload.Engine;
        _cacheTokens = setting.Workload.CacheTokens;
        _backends = [.. Enumerable.Range(0, setting.Servers).Select(i => NewBackend(i, setting))];
        _pool = new Pool(_backends, Pickers.Create(policy));
    }

    public void Observe(int server, EngineReadings readings, long now)
    {
        _backends[server].State.Engine = new EngineReading
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
        _isStuck = false;
    }

    public void Arrived(SimulatedCall call, long now)
    {
        _line.AddLast(call);
        // Whoever comes last waits as long as the first has no place.
        if (_line.Count == 1) _isStuck = false;
    }

    public bool TryNext(long now, out SimulatedDispatch dispatch)
    {
        dispatch = default;
        if (_isStuck || _line.First is not { } first) return false;
        var call = first.Value;
        if (!_pool.TryPick(call.Shape, null, out var pick))
        {
            _isStuck = true;
            return false;
        }

        _line.RemoveFirst();
        _picks.Add(call, pick);
        dispatch = new SimulatedDispatch(call, Array.IndexOf(_backends, pick.Backend));
        return true;
    }

    public void FirstToken(SimulatedCall call, long now) => _picks[call].Dispatch?.FirstToken(TimeSpan.FromMicroseconds(now - call.SentAt));

    public void Ended(SimulatedCall call, long now)
    {
        _picks.Remove(call, out var pick);
        var after = TimeSpan.FromMicroseconds(now - call.SentAt);
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
