using System.Diagnostics;
using Penstock.Bench.Simulation.Policies;
using Penstock.Engines;
using Penstock.Routing;

namespace Penstock.Bench.Simulation;

/// <summary>
/// One run: calls, a router and servers on one virtual time, from event to event. The same plan, policy and seed give the same
/// run, but for what chance a policy has of its own.
/// </summary>
internal sealed class Simulator
{
    // A router's blocks are 256 bytes: at four bytes a token every fourth of the engine's.
    private const int BlocksInOne = 4;

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
    private readonly double _expectedOutput;
    private readonly Stopwatch _deciding = new();
    private readonly long _countsFrom;
    private readonly long _countsTo;
    private long _nextReading;

    public Simulator(SimulationRun run, IReadOnlyList<PlannedCall> plan)
    {
        (_run, _plan) = (run, plan);
        _engines = [.. Enumerable.Range(0, run.Workload.Servers).Select(_ => run.Workload.NewEngine())];
        _policy = run.Policy.Create(new PolicySetting(run.Workload, run.Seed, _time));
        _expectedOutput = plan.Average(call => call.OutputTokens);
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
        var call = new SimulatedCall(index, plan, ShapeOf(plan))
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

    /// <summary>An engine's blocks as the gateway has them, which are longer.</summary>
    public static ulong[] BlocksOf(ReadOnlySpan<ulong> tokens)
    {
        var blocks = new ulong[tokens.Length / BlocksInOne];
        for (var i = 0; i < blocks.Length; i++) blocks[i] = tokens[(i * BlocksInOne) + BlocksInOne - 1];
        return blocks;
    }

    private PromptShape ShapeOf(PlannedCall plan) => new(BlocksOf(plan.PromptBlocks.Span), plan.PromptTokens, _expectedOutput, plan.Conversation);

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
        }
    }

    private void Advance(int engine)
    {
        _events.Clear();
        _engines[engine].Advance(_time.Now, _events);
        foreach (var e in _events) Hear(e);
        if (_events.Count > 0) Dispatch();
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
