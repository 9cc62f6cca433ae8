using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Penstock.Health;

namespace Penstock.Backends;

/// <summary>What is known of a backend beyond its configuration. It outlives a reload: the next snapshot finds it by name and address.</summary>
/// <param name="gauge">The metric of requests in flight, which all states of one name share.</param>
/// <param name="health">Whether it is to be picked.</param>
internal sealed class BackendState(StrongBox<long> gauge, BackendHealth health)
{
    private readonly MovingAverage _latency = new();
    private readonly MovingAverage _timeToFirstToken = new();
    private int _inFlight;
    private int _usageInjection;
    private readonly ServerLife _life = new();
    private EngineReading? _engine;
    private long _restarts;
    private bool _isRetired;
    private long _learnedOf;

    /// <summary>Requests that were sent and have not ended.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public BackendHealth Health => health;

    /// <summary>Who wants to know when it may have room.</summary>
    public SeatWatchers Watchers { get; } = Follow(health);

    /// <summary>How long its answers took of late, from dispatch to their end; null: there were none.</summary>
    public TimeSpan? Latency => _latency.Value;

    /// <summary>How long its streams took of late to their first content; null: there were none.</summary>
    public TimeSpan? TimeToFirstToken => _timeToFirstToken.Value;

    /// <summary>Whether the server takes <c>stream_options</c>, as far as its answers have shown.</summary>
    public UsageInjection UsageInjection
    {
        get => (UsageInjection)Volatile.Read(ref _usageInjection);
        set => Volatile.Write(ref _usageInjection, (int)value);
    }

    /// <summary>What its server last said of itself, however long ago; null: nothing yet.</summary>
    public EngineReading? Engine
    {
        get => Volatile.Read(ref _engine);
        set => Volatile.Write(ref _engine, value);
    }

    /// <summary>Calls that its server had when it was last asked, and that were not sent from here.</summary>
    public int OthersCalls { get; private set; }

    /// <summary>How many seats it turned out to have.</summary>
    public SeatFinder Learned { get; } = new();

    /// <summary>
    /// Grows when its server began anew, by its own word or by having been down: what it had in its cache is gone then.
    /// </summary>
    public long Incarnation => Volatile.Read(ref _restarts) + health.Recoveries;

    /// <summary>Whether its server has left the configuration, or the addresses of its name: only who was sent there before may still be on its way.</summary>
    public bool IsRetired
    {
        get => Volatile.Read(ref _isRetired);
        set => Volatile.Write(ref _isRetired, value);
    }

    /// <summary>Whether several servers turned out to answer at its address: no restart can be told of any of them.</summary>
    public bool AreSeveral => _life.AreSeveral;

    /// <summary>It is configured in another way. Not while its server is asked.</summary>
    public void Reconfigured() => _life.Reconfigured();

    /// <summary>Its server was asked about itself. One report at a time.</summary>
    /// <param name="report">What came of it.</param>
    /// <param name="time">The clock.</param>
    public void Told(in EngineReport report, TimeProvider time)
    {
        if (report.Reading is { } reading)
        {
            if (_life.HasBegunAnew(reading, time)) Interlocked.Increment(ref _restarts);
            OthersCalls = Math.Max(0, (reading.Running ?? 0) + (reading.Waiting ?? 0) - InFlight);
            // A slot of one is not the slot of another: none is to be named.
            Engine = _life.AreSeveral ? reading with { Slots = null } : reading;
        }
        else if (report.Outcome is EngineOutcome.TellsNothing)
        {
            _life.Forget();
            Engine = null;
        }
        else if (report.Outcome is EngineOutcome.Gone or EngineOutcome.Loading)
        {
            _life.WasGone();
        }

        if (Incarnation is var incarnation && incarnation != _learnedOf)
        {
            _learnedOf = incarnation;
            Learned.BeginAnew();
        }

        if (Learned.Step(Engine, InFlight, time)) SeatsChanged();
    }

    /// <summary>It gave an answer.</summary>
    /// <param name="latency">From dispatch to the answer's end.</param>
    /// <param name="timeToFirstToken">From dispatch to a stream's first content; null: it was no stream.</param>
    public void Answered(TimeSpan latency, TimeSpan? timeToFirstToken)
    {
        _latency.Observe(latency);
        if (timeToFirstToken is { } first) _timeToFirstToken.Observe(first);
    }

    /// <summary>Takes a seat and, of a breaker that is half open, the place on trial, until the lease is disposed.</summary>
    /// <param name="seats">How many seats there are; null: any number.</param>
    /// <param name="lease">What is given back.</param>
    public bool TryEnter(int? seats, [NotNullWhen(true)] out Lease? lease)
    {
        lease = null;
        var taken = Interlocked.Increment(ref _inFlight);
        Learned.Reached(taken);
        if (taken > (seats ?? int.MaxValue) || !health.TryBegin(out var isTrial))
        {
            Interlocked.Decrement(ref _inFlight);
            // It may have looked full to somebody meanwhile; and who tries to enter may hold a lock.
            Watchers.WakeElsewhere();
            return false;
        }

        Interlocked.Increment(ref gauge.Value);
        lease = new Lease(this, isTrial);
        return true;
    }

    // There are more seats than before: who waits for one may have it.
    private void SeatsChanged() => Watchers.WakeElsewhere();

    private void Leave(bool isTrial)
    {
        Interlocked.Decrement(ref _inFlight);
        Interlocked.Decrement(ref gauge.Value);
        health.End(isTrial);
        Watchers.Wake();
    }

    private static SeatWatchers Follow(BackendHealth health)
    {
        var watchers = new SeatWatchers();
        health.Changed = watchers.WakeElsewhere;
        return watchers;
    }

    /// <summary>One request in flight. Given back once, however often it is disposed.</summary>
    internal sealed class Lease(BackendState? state, bool isTrial) : IDisposable
    {
        private BackendState? _state = state;

        /// <summary>Whether it is on trial, of a breaker that is half open: what it shows decides.</summary>
        public bool IsTrial => isTrial;

        /// <summary>The same seat for somebody else: this one gives nothing back any more.</summary>
        public Lease HandOver() => new(Interlocked.Exchange(ref _state, null), isTrial);

        public void Dispose() => Interlocked.Exchange(ref _state, null)?.Leave(isTrial);
    }
}
