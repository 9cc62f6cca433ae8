using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// What a pool knows of its servers' caches and speeds. It outlives a reload, in which servers may come and go: each keeps
/// its place in the index as long as it is a member.
/// </summary>
internal sealed class PrefixPool
{
    private readonly TimeProvider _time;
    private readonly int _version;
    private readonly Dictionary<BackendState, IndexPlace> _places;
    // Whose the places are now, in the order of their numbers: the same for all pools that have the index.
    private readonly IndexPlace[] _present;

    /// <param name="members">The servers, 64 at most.</param>
    /// <param name="paces">How fast servers are.</param>
    /// <param name="slots">What is in their slots.</param>
    /// <param name="time">The clock.</param>
    /// <param name="previous">What was known before a reload, which is left as it is until this one is asked; null: nothing.</param>
    public PrefixPool(IReadOnlyList<Backend> members, ServerPaces paces, SlotTables slots, TimeProvider time, PrefixPool? previous)
    {
        _time = time;
        var states = members.Select(member => member.State).ToHashSet();
        (Paces, Slots) = (paces, slots);
        _version = previous is null ? 0 : previous._version + 1;
        if (previous is not null && previous.Capacity >= states.Count)
        {
            (Index, _present, Gate, Capacity) = (previous.Index, previous._present, previous.Gate, previous.Capacity);
            _places = Inherit(previous, states);
            return;
        }

        Gate = previous?.Gate ?? new Lock();
        Capacity = states.Count;
        Index = new PrefixIndex(Capacity);
        _present = [.. states.Select((state, number) => previous?._places.GetValueOrDefault(state)?.MovedTo(number, _version) ?? new IndexPlace(number, _version, state.Incarnation))];
        _places = states.Zip(_present).ToDictionary(p => p.First, p => p.Second);
        if (previous is not null) CopyFrom(previous);
    }

    public ServerPaces Paces { get; }

    public SlotTables Slots { get; }

    /// <summary>Held for whatever is done with <see cref="Index"/>: microseconds.</summary>
    public Lock Gate { get; }

    public PrefixIndex Index { get; }

    /// <summary>How many servers the index has places for.</summary>
    public int Capacity { get; }

    /// <summary>The moment, in seconds: the same for all pools, as a server may be in several.</summary>
    public double Now => _time.GetElapsedTime(Slots.Origin).TotalSeconds;

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
    /// <returns>Whether there is a place for it: not where this is the pool of before a reload, which had the place given to another.</returns>
    public bool Follow(Backend backend)
    {
        var (place, state) = (_places[backend.State], backend.State);
        var reading = state.Engine;
        var readAt = reading is null ? 0 : StampOf(_time.GetElapsedTime(Slots.Origin, reading.ReadAt).TotalSeconds);
        Slots.Of(backend).Follow(reading, state.Incarnation, reading?.IsFresh(_time) == true, readAt);
        if (!IsPresent(place) && !TryTake(place)) return false;
        if (place.Incarnation != state.Incarnation)
        {
            place.Incarnation = state.Incarnation;
            Index.Forget(place.Number);
        }

        return true;
    }

    /// <summary>Whether a place is still that of the server which had it: nobody else is to write what is there. Within <see cref="Gate"/>.</summary>
    public bool IsPresent(IndexPlace place) => _present[place.Number] == place;

    /// <summary>A server's place in the index.</summary>
    public IndexPlace PlaceAt(Backend backend) => _places[backend.State];

    // A reload happens while calls go on: those have the pool of before, and the same index. What leaves keeps its place until the
    // first call of who comes takes it, so that a configuration which is refused after all has changed nothing.
    private Dictionary<BackendState, IndexPlace> Inherit(PrefixPool previous, HashSet<BackendState> states)
    {
        var places = previous._places.Where(p => states.Contains(p.Key)).ToDictionary();
        var free = new Queue<int>(Enumerable.Range(0, previous.Capacity).Except(places.Values.Select(place => place.Number)));
        foreach (var state in states.Where(state => !places.ContainsKey(state))) places.Add(state, new IndexPlace(free.Dequeue(), _version, state.Incarnation));
        return places;
    }

    private bool TryTake(IndexPlace place)
    {
        if (_present[place.Number].Version >= place.Version) return false;
        _present[place.Number] = place;
        Index.Reset(place.Number);
        return true;
    }

    // A larger pool has a larger index. Calls that go on meanwhile end in the one before: what they add is not known here.
    private void CopyFrom(PrefixPool previous)
    {
        lock (Gate)
        {
            foreach (var (state, before) in previous._places)
            {
                // One that nobody asked for yet may still be another's.
                if (_places.TryGetValue(state, out var place) && previous.IsPresent(before)) Index.CopyFrom(previous.Index, before.Number, place.Number);
            }
        }
    }
}
