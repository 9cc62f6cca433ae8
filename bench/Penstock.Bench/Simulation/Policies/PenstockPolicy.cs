using System.Globalization;
using System.Runtime.CompilerServices;
using Penstock.Admission.Limits;
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
/// The gateway itself: its pool, its picker and its backends' state, with nothing behind them. As there, a call that comes is looked at
/// at once where nobody waits. One that the pool has no place for waits in line, where it is asked at once and again when
/// another comes or ends or a server was read.
/// </summary>
internal sealed class PenstockPolicy : ISimulatedPolicy
{
    // As many as the gateway asks before it has the first one take what is free.
    private const int Looks = 32;

    private static readonly ModelSettings Settings = new();

    private readonly List<QueueEntry<PenstockCall>> _pushedOut = [];
    private readonly TimeProvider _time;
    private readonly EngineKind _kind;
    private readonly long _cacheTokens;
    private readonly bool _areHinted;
    private readonly Backend[] _backends;
    private readonly Pool _pool;
    private readonly FairQueue<PenstockCall> _line;
    private readonly TokenEstimator _estimator = new();
    private readonly Dictionary<SimulatedCall, PenstockCall> _sent = [];
    private PenstockCall? _first;
    private bool _isStuck;

    /// <param name="setting">What it is made for.</param>
    /// <param name="policy">How its pool chooses.</param>
    /// <param name="areHinted">Whether callers say which conversation a call belongs to.</param>
    public PenstockPolicy(PolicySetting setting, PickerPolicy policy, bool areHinted = false)
    {
        _time = setting.Time;
        _kind = setting.Workload.Engine;
        _cacheTokens = setting.Workload.CacheTokens;
        _areHinted = areHinted;
        _backends = [.. Enumerable.Range(0, setting.Servers).Select(i => NewBackend(i, setting))];
        var chance = new Random(setting.Seed);
        // Nobody is turned away, and nobody gives up: all policies are measured by the same calls.
        _line = new FairQueue<PenstockCall>(new QueueConfig { MaxRequests = int.MaxValue, MaxBytes = long.MaxValue }, chance.NextDouble);
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
        var output = _estimator.EstimateOutput(Settings.ExpectedOutputTokens);
        var own = new PenstockCall(call, new PromptShape(call.Blocks, call.Plan.PromptTokens, output, _areHinted ? call.Plan.Conversation : 0));
        if (_line.Count == 0 && TryPick(own, MayWait(own)))
        {
            _first = own;
            return;
        }

        var entry = new QueueEntry<PenstockCall>(own, call.Caller, CallerPriority.Normal, call.Plan.PromptTokens + output, 0, TimeSpan.MaxValue);
        if (_line.TryAdd(entry, TimeSpan.FromMicroseconds(now), _pushedOut) != QueueVerdict.Added || _pushedOut.Count > 0)
            throw new InvalidOperationException("The line has no bound here.");
        _isStuck = false;
    }

    public bool TryNext(long now, out SimulatedDispatch dispatch)
    {
        dispatch = default;
        if (Next(TimeSpan.FromMicroseconds(now)) is not { } next) return false;
        _sent.Add(next.Call, next);
        dispatch = new SimulatedDispatch(next.Call, Array.IndexOf(_backends, next.Pick.Backend), next.Pick.Dispatch?.Slot);
        return true;
    }

    public void FirstToken(SimulatedCall call, long now) => _sent[call].Pick.Dispatch?.FirstToken(TimeSpan.FromMicroseconds(now - call.SentAt));

    public void Ended(SimulatedCall call, long now)
    {
        _sent.Remove(call, out var own);
        var (pick, plan) = (own!.Pick, call.Plan);
        var after = TimeSpan.FromMicroseconds(now - call.SentAt);
        own.Shape.WithAnswer = RouterBlocks.Of(plan.Blocks.Span);
        pick.Dispatch?.Answered(after, new TokenUsage(plan.PromptTokens, plan.OutputTokens, call.CachedTokens));
        pick.Backend.State.Answered(after, TimeSpan.FromMicroseconds(call.FirstTokenAt - call.SentAt));
        pick.Dispose();
        _estimator.LearnOutput(plan.OutputTokens);
        _isStuck = false;
    }

    private PenstockCall? Next(TimeSpan now)
    {
        if (_first is { } first)
        {
            _first = null;
            return first;
        }

        if (_isStuck || _line.Count == 0) return null;
        var left = Looks;
        if (_pool.IsAble(null, out var hasSeat) && hasSeat
            && (_line.TryServe(Looks, now, Offer, out var served) || (left == 0 && _line.TryServe(Looks, now, call => TryPick(call, mayWait: false), out served))))
            return served.Item;
        _isStuck = true;
        return null;

        bool Offer(PenstockCall call)
        {
            left--;
            return TryPick(call, MayWait(call));
        }
    }

    private bool MayWait(PenstockCall call) => _time.GetElapsedTime(call.Call.ArrivedAt) < LineTicket.ChoosyFor(Settings.Queue.Timeout);

    private bool TryPick(PenstockCall call, bool mayWait)
    {
        if (!_pool.TryPick(call.Shape, null, out var pick, mayWait)) return false;
        call.Pick = pick;
        return true;
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
