using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// What a pool knows of its servers' caches and speeds. It outlives a reload, in which servers may come and go: each keeps
/// its place in the index as long as it is a member.
/// </summary>
internal sealed class PrefixPool
{
    private readonly TimeProvider _time;
    private readonly Dictionary<BackendState, int> _places;
    private readonly SlotTable[] _slots;
    private readonly long[] _incarnations;

    /// <param name="members">The servers, 64 at most.</param>
    /// <param name="paces">How fast servers are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="previous">What was known before a reload; null: nothing.</param>
    public PrefixPool(IReadOnlyList<Backend> members, ServerPaces paces, TimeProvider time, PrefixPool? previous)
    {
        _time = time;
        var states = members.Select(member => member.State).ToHashSet();
        Paces = paces;
        if (previous is not null && previous.Capacity >= states.Count)
        {
            (Index, _slots, _incarnations, Gate, Capacity) = (previous.Index, previous._slots, previous._incarnations, previous.Gate, previous.Capacity);
            _places = Inherit(previous, states);
            return;
        }

        Gate = previous?.Gate ?? new Lock();
        Capacity = states.Count;
        Index = new PrefixIndex(Capacity);
        _slots = [.. Enumerable.Range(0, Capacity).Select(_ => new SlotTable())];
        _incarnations = new long[Capacity];
        foreach (var (state, place) in states.Select((state, place) => (state, place))) _incarnations[place] = state.Incarnation;
        _places = states.Select((state, place) => (state, place)).ToDictionary(p => p.state, p => p.place);
        if (previous is not null) CopyFrom(previous);
    }

    public ServerPaces Paces { get; }

    /// <summary>Held for whatever is done with <see cref="Index"/>: microseconds.</summary>
    public Lock Gate { get; }

    public PrefixIndex Index { get; }

    /// <summary>How many servers the index has places for.</summary>
    public int Capacity { get; }

    /// <summary>The moment, in seconds: the same for all pools, as a server may be in several.</summary>
    public double Now => SecondsAt(_time.GetTimestamp());

    /// <summary>A moment as the index has it: milliseconds, which wrap around after 49 days.</summary>
    public static uint StampOf(double now) => (uint)(long)(now * 1000);

    /// <summary>How fast a server is now, and what it has to do.</summary>
    public PaceReading PaceOf(Backend backend, double now)
    {
        var state = backend.State;
        var others = state.Engine is { Running: not null } reading && reading.IsFresh(_time) ? (state.OthersCalls, Math.Min(state.OthersCalls, reading.Waiting ?? 0)) : default;
        return Paces.Of(backend).Read(now, others);
    }

    /// <summary>Takes over what a server said of itself. Within <see cref="Gate"/>.</summary>
    /// <param name="backend">The server.</param>
    /// <param name="blockTokens">Tokens in a block.</param>
    public void Follow(Backend backend, double blockTokens)
    {
        var place = PlaceOf(backend);
        var state = backend.State;
        if (_incarnations[place] != state.Incarnation)
        {
            _incarnations[place] = state.Incarnation;
            Index.Forget(place);
            _slots[place].Forget();
        }

        if (state.Engine is not { } reading) return;
        if (reading.CacheTokens is { } room) Index.Limit(place, (int)Math.Clamp(room / blockTokens, 1, int.MaxValue));
        if (reading.Slots is not null) _slots[place].Follow(reading, reading.IsFresh(_time), StampOf(SecondsAt(reading.ReadAt)));
    }

    /// <summary>The slots of the server at a place: none are known where it has none.</summary>
    public SlotTable SlotsAt(int place) => _slots[place];

    /// <summary>A server's place in the index.</summary>
    public int PlaceOf(Backend backend) => _places[backend.State];

    private double SecondsAt(long timestamp) => (double)timestamp / _time.TimestampFrequency;

    // A reload happens while calls go on: those have the pool of before, and the same index.
    private static Dictionary<BackendState, int> Inherit(PrefixPool previous, HashSet<BackendState> states)
    {
        lock (previous.Gate)
        {
            var places = previous._places.Where(p => states.Contains(p.Key)).ToDictionary();
            var free = new Queue<int>(Enumerable.Range(0, previous.Capacity).Except(places.Values));
            foreach (var state in states.Where(state => !places.ContainsKey(state)))
            {
                var place = free.Dequeue();
                previous.Index.Forget(place);
                previous._slots[place].Forget();
                previous._incarnations[place] = state.Incarnation;
                places.Add(state, place);
            }

            return places;
        }
    }

    // A larger pool has a larger index. Calls that go on meanwhile end in the one before: what they add is not known here.
    private void CopyFrom(PrefixPool previous)
    {
        lock (Gate)
        {
            foreach (var (state, before) in previous._places)
            {
                if (!_places.TryGetValue(state, out var place)) continue;
                _slots[place] = previous._slots[before];
                _incarnations[place] = previous._incarnations[before];
                Index.CopyFrom(previous.Index, before, place);
            }
        }
    }
}
