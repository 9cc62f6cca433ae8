using Penstock.Engines;
using Xunit;

namespace Penstock.Tests.Engines;

/// <summary>What is true of both engines whatever is asked of them, on calls by chance: few contents, so that they share, and small caches, so that they do not fit.</summary>
public class EngineProperties
{
    private const int Calls = 300;

    [Theory]
    [InlineData("vllm", 1)]
    [InlineData("vllm", 2)]
    [InlineData("vllm", 3)]
    [InlineData("llamacpp", 1)]
    [InlineData("llamacpp", 2)]
    public void Engine_AskedAtAnyMoment_TellsTheSame(string kind, int seed)
    {
        var leaps = Play(NewEngine(kind), seed, pace: long.MaxValue);
        var paces = Play(NewEngine(kind), seed, pace: 1_700);

        Assert.Equal(leaps, paces);
        // Each call has its first token and its end, once.
        Assert.Equal(2 * Calls, leaps.Count);
        Assert.Equal(2 * Calls, leaps.Select(e => (e.Kind, e.Call)).Distinct().Count());
        Assert.Equal(leaps, leaps.OrderBy(e => e.At));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Blocks_WhateverHappens_AreCountedAndGivenBack(int seed)
    {
        var engine = NewVllm();
        var (drive, random) = (new EngineDrive(engine), new Random(seed));
        var alive = new List<EngineCall>();
        foreach (var (call, at) in Arrivals(seed))
        {
            while (engine.NextEventAt <= at) Step(engine.NextEventAt);
            alive.Add(drive.Submit(call, at));
            if (random.Next(5) != 0) continue;
            var gone = alive[random.Next(alive.Count)];
            Assert.Equal(!drive.Events.Any(e => e.Call == gone && e.Kind == EngineEventKind.Finished), engine.Cancel(gone, at));
            alive.Remove(gone);
        }

        while (engine.NextEventAt != long.MaxValue) Step(engine.NextEventAt);

        Assert.Equal(engine.Cache.Count, engine.Cache.Unused);
        Assert.Equal(new EngineReadings(0, 0, 0, null), engine.Readings);
        Assert.All(alive, call => drive.End(call));

        void Step(long at)
        {
            drive.To(at);
            Assert.InRange(engine.Cache.Unused, 0, engine.Cache.Count);
            Assert.InRange(engine.Cache.Known, 0, engine.Cache.Count);
        }
    }

    // Who follows what is published knows what is in the cache.
    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public void Published_WhateverHappens_IsWhatTheCacheKnows(int seed)
    {
        var engine = NewVllm();
        var (changes, known) = (new List<CacheChange>(), new HashSet<ulong>());
        engine.PublishTo(changes);
        var drive = new EngineDrive(engine);
        foreach (var (call, at) in Arrivals(seed))
        {
            while (engine.NextEventAt <= at) Step(engine.NextEventAt);
            drive.Submit(call, at);
        }

        while (engine.NextEventAt != long.MaxValue) Step(engine.NextEventAt);

        void Step(long at)
        {
            drive.To(at);
            foreach (var change in changes) Assert.True(change.IsKnown ? known.Add(change.Block) : known.Remove(change.Block));
            changes.Clear();
            Assert.Equal(engine.Cache.Known, known.Count);
            Assert.All(known, block => Assert.True(engine.Cache.Knows(block)));
        }
    }

    private static List<EngineEvent> Play(IEngine engine, int seed, long pace)
    {
        var drive = new EngineDrive(engine);
        foreach (var (call, at) in Arrivals(seed))
        {
            GoTo(at);
            drive.Submit(call, at);
        }

        while (engine.NextEventAt != long.MaxValue) GoTo(engine.NextEventAt);
        return drive.Events;

        void GoTo(long at)
        {
            while (drive.Now < at) drive.To(Math.Min(at, pace == long.MaxValue ? at : drive.Now + pace));
        }
    }

    // The same seed, the same calls: they are made once, for events are of calls.
    private static readonly Dictionary<int, List<(EngineCall Call, long At)>> Made = [];

    private static List<(EngineCall Call, long At)> Arrivals(int seed)
    {
        lock (Made)
        {
            if (Made.TryGetValue(seed, out var calls)) return calls;
            var random = new Random(seed);
            var at = 0L;
            Made[seed] = calls = [];
            for (var i = 0; i < Calls; i++)
            {
                at += random.Next(120_000);
                calls.Add((EngineCalls.New((ulong)random.Next(1, 12), random.Next(1, 900), random.Next(1, 120)), at));
            }

            return calls;
        }
    }

    private static IEngine NewEngine(string kind) => kind == "vllm" ? NewVllm() : new LlamaEngine();

    private static VllmEngine NewVllm() => new(new VllmSettings { CacheTokens = 2_048, MaxRunning = 6 });
}
