using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Tests.Tools;

namespace Penstock.Tests.Backends;

/// <summary>
/// A server that tells of no line and works on so many calls at the same time, first come, first served; and callers, each of whom asks again
/// as soon as it has its answer, or has lost patience, and has to wait for a seat. What it shows is what the seats are learned from.
/// </summary>
/// <param name="atOnce">How many calls the server works on.</param>
/// <param name="callers">How many callers there are.</param>
/// <param name="next">The next call.</param>
internal sealed class ClosedLoop(int atOnce, int callers, Func<ServedCall> next)
{
    private const double Tick = 0.1;

    private readonly ManualTime _time = new();
    private readonly Queue<ServedCall> _line = new();
    private readonly List<ServedCall> _running = [];
    private int _inFlight;
    private double _silence;

    /// <summary>Whether answers are streams; else they come whole.</summary>
    public bool Streams { get; init; }

    /// <summary>Whether prompts are read one after the other.</summary>
    public bool ReadsOneByOne { get; init; }

    /// <summary>Seconds that a caller waits for its answer, or for the first content of a stream.</summary>
    public double Patience { get; init; } = double.PositiveInfinity;

    public SeatFinder Seats { get; } = new();

    /// <summary>The most seats there were.</summary>
    public int Most { get; private set; }

    public int Served { get; private set; }

    /// <summary>For how long no answer came, at most.</summary>
    public double LongestSilence { get; private set; }

    public ClosedLoop Run(TimeSpan duration)
    {
        Seats.Step(Reading(), _inFlight, _time);
        (Most, Served, LongestSilence) = (0, 0, 0);
        var ticks = (int)(duration.TotalSeconds / Tick);
        for (var i = 1; i <= ticks; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(Tick));
            Work();
            GiveUp();
            Send();
            if (i % 10 != 0) continue;
            Seats.Step(Reading(), _inFlight, _time);
            Most = Math.Max(Most, Seats.Seats!.Value);
        }

        return this;
    }

    private EngineReading Reading() => new() { Kind = EngineKind.Ollama, ReadAt = _time.GetTimestamp() };

    private void Work()
    {
        var served = Served;
        var isReading = false;
        foreach (var call in _running)
        {
            if (call.FirstTokenAt is not null)
            {
                call.Unwritten -= Tick;
            }
            else if (!ReadsOneByOne || !isReading)
            {
                isReading = true;
                call.Unread -= Tick;
                if (call.Unread < Tick / 2) call.FirstTokenAt = _time.GetTimestamp();
            }

            if (call.Unwritten < Tick / 2) End(call);
        }

        _running.RemoveAll(call => call.Unwritten < Tick / 2);
        _silence = Served > served ? 0 : _silence + Tick;
        LongestSilence = Math.Max(LongestSilence, _silence);
    }

    private void End(ServedCall call)
    {
        Served++;
        _inFlight--;
        if (call.Answer is not { } written) Seats.ObserveNothing(call.SentAt);
        else if (Streams) Seats.ObserveFirstToken(_time.GetElapsedTime(call.SentAt, call.FirstTokenAt!.Value), call.Prompt, call.SentAt);
        else Seats.ObserveWhole(_time.GetElapsedTime(call.SentAt), call.Prompt, written, call.SentAt);
    }

    private void GiveUp()
    {
        if (double.IsInfinity(Patience)) return;
        foreach (var call in _line.Concat(_running).Where(IsGivenUp))
        {
            _inFlight--;
            Seats.ObserveUnanswered(_time.GetElapsedTime(call.SentAt), call.Prompt, Streams ? 0 : call.Answer ?? 0, Streams, call.SentAt);
        }

        _running.RemoveAll(IsGivenUp);
        for (var i = _line.Count; i > 0; i--)
        {
            if (_line.Dequeue() is var call && !IsGivenUp(call)) _line.Enqueue(call);
        }
    }

    private bool IsGivenUp(ServedCall call) =>
        !(Streams && call.FirstTokenAt is not null) && _time.GetElapsedTime(call.SentAt).TotalSeconds >= Patience;

    private void Send()
    {
        while (_inFlight < Math.Min(callers, Seats.Seats!.Value))
        {
            Seats.Reached(++_inFlight);
            var call = next();
            call.SentAt = _time.GetTimestamp();
            _line.Enqueue(call);
        }

        while (_running.Count < atOnce && _line.TryDequeue(out var call)) _running.Add(call);
    }
}
