using System.Diagnostics;
using Penstock.Bench.Simulation.Policies;
using Penstock.Engines;

namespace Penstock.Bench.Simulation;

/// <summary>
/// One run: calls, a router and servers on one virtual time, from event to event. The same plan, policy and seed give the same
/// run, but for what chance a policy has of its own.
/// </summary>
internal sealed class Simulator
{
    // Of the time in which conversations begin. After it there is only what is left of them, which does not count either.
    private const double WarmUp = 0.3;

    private readonly SimulationRun _run;
    private readonly IReadOnlyList<PlannedCall> _plan;
    private readonly IEngine[] _engines;
    private readonly ISimulatedPolicy _policy;
    private readonly VirtualTime _time = new();
    private readonly PriorityQueue<int, (long At, int Index)> _arrivals = new();
    private readonly ILookup<int, int> _followers;
    private readonly Dictionary<EngineCall, SimulatedCall> _sent = [];
    private readonly List<EngineEvent> _events = [];
    private readonly InfiniteCache _infinite = new();
    private readonly List<CacheChange>[] _published;
    private readonly Stopwatch _deciding = new();
    private readonly long _countsFrom;
    private readonly long _countsTo;
    private long _nextReading;

    public Simulator(SimulationRun run, IReadOnlyList<PlannedCall> plan)
    {
        (_run, _plan) = (run, plan);
        _engines = [.. Enumerable.Range(0, run.Workload.Servers).Select(_ => run.Workload.NewEngine())];
        _policy = run.Policy.Create(new PolicySetting(run.Workload, run.Seed, _time));
        _published = [.. _engines.Select(_ => new List<CacheChange>())];
        if (_policy.ReadsCacheEvents)
        {
            foreach (var (engine, changes) in _engines.Zip(_published)) engine.PublishTo(changes);
        }

        _followers = plan.Index().Where(call => call.Item.After is not null).ToLookup(call => call.Item.After!.Value, call => call.Index);
        foreach (var (index, call) in plan.Index())
        {
            if (call.After is not null) continue;
            _arrivals.Enqueue(index, (call.Delay, index));
            _countsTo = Math.Max(_countsTo, call.Delay);
        }

        _countsFrom = (long)(_countsTo * WarmUp);
    }

    /// <summary>All calls, in the order in which they came.</summary>
    public List<SimulatedCall> Calls { get; } = [];

    /// <exception cref="InvalidOperationException">The policy keeps calls for itself.</exception>
    public SimulationResult Run()
    {
        ReadServers();
        while (true)
        {
            var (engine, due) = NextEngine();
            var arrival = _arrivals.TryPeek(out _, out var key) ? key.At : long.MaxValue;
            var next = Math.Min(due, arrival);
            if (next == long.MaxValue) break;
            if (_nextReading < next)
            {
                MoveTo(_nextReading);
                ReadServers();
            }
            else if (due <= arrival)
            {
                MoveTo(due);
                Advance(engine);
            }
            else
            {
                MoveTo(arrival);
                Arrive(_arrivals.Dequeue());
            }
        }

        if (Calls.Count != _plan.Count || Calls.Exists(call => call.EndedAt < 0))
            throw new InvalidOperationException($"{_run.Policy.Name} has not sent all calls of {_run.Workload.Name}.");
        return SimulationBooks.Close(_run, Calls, _deciding.Elapsed);
    }

    private void MoveTo(long now) => _time.Now = now;

    private (int Engine, long At) NextEngine()
    {
        var (engine, due) = (0, long.MaxValue);
        for (var i = 0; i < _engines.Length; i++)
        {
            var at = _engines[i].NextEventAt;
            if (at < due) (engine, due) = (i, at);
        }

        return (engine, due);
    }

    private void ReadServers()
    {
        for (var i = 0; i < _engines.Length; i++)
        {
            // So far as it has come: nothing has happened in it that anybody could have noticed.
            var readings = _engines[i].Readings;
            _deciding.Start();
            _policy.Observe(i, readings, _time.Now);
            _deciding.Stop();
        }

        _nextReading = _time.Now + _policy.ReadingMicroseconds;
        Dispatch();
    }

    private void Arrive(int index)
    {
        var plan = _plan[index];
        var call = new SimulatedCall(index, plan)
        {
            ArrivedAt = _time.Now,
            Counts = _time.Now >= _countsFrom && _time.Now <= _countsTo,
            KnownTokens = _infinite.Arrived(plan),
        };
        Calls.Add(call);
        _deciding.Start();
        _policy.Arrived(call, _time.Now);
        _deciding.Stop();
        Dispatch();
    }

    private void Dispatch()
    {
        while (true)
        {
            _deciding.Start();
            var any = _policy.TryNext(_time.Now, out var dispatch);
            _deciding.Stop();
            if (!any) return;
            var call = dispatch.Call;
            if (call.SentAt >= 0) throw new InvalidOperationException($"{_run.Policy.Name} has sent a call twice.");
            call.SentAt = _time.Now;
            call.Server = dispatch.Server;
            var sent = call.Send(dispatch.Slot);
            _sent.Add(sent, call);
            _engines[dispatch.Server].Submit(sent, _time.Now);
            TellPublished(dispatch.Server);
        }
    }

    private void Advance(int engine)
    {
        _events.Clear();
        _engines[engine].Advance(_time.Now, _events);
        TellPublished(engine);
        foreach (var e in _events) Hear(e);
        if (_events.Count > 0) Dispatch();
    }

    private void TellPublished(int engine)
    {
        var changes = _published[engine];
        if (changes.Count == 0) return;
        _deciding.Start();
        _policy.CacheChanged(engine, changes, _time.Now);
        _deciding.Stop();
        changes.Clear();
    }

    private void Hear(EngineEvent e)
    {
        var call = _sent[e.Call];
        call.CachedTokens = e.CachedTokens;
        if (e.Kind == EngineEventKind.FirstToken)
        {
            call.FirstTokenAt = _time.Now;
            _deciding.Start();
            _policy.FirstToken(call, _time.Now);
            _deciding.Stop();
            return;
        }

        call.EndedAt = _time.Now;
        _sent.Remove(e.Call);
        _infinite.Ended(call.Plan);
        _deciding.Start();
        _policy.Ended(call, _time.Now);
        _deciding.Stop();
        foreach (var follower in _followers[call.Index]) _arrivals.Enqueue(follower, (_time.Now + _plan[follower].Delay, follower));
    }
}
