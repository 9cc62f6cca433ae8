using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>
/// What is known of some servers' caches and speeds, for all pools that have just these. It outlives a reload, in which servers may
/// come and go: each keeps its place in the index as long as it is a member.
/// </summary>
internal sealed class PrefixPool
{
    private readonly TimeProvider _time;
    private int _version;
    private SharedIndex _shared;
    private Dictionary<BackendState, IndexPlace> _places;

    /// <param name="servers">The servers, 64 at most.</param>
    /// <param name="paces">How fast servers are.</param>
    /// <param name="slots">What is in their slots.</param>
    /// <param name="time">The clock.</param>
    public PrefixPool(IReadOnlyCollection<BackendState> servers, ServerPaces paces, SlotTables slots, TimeProvider time)
    {
        (_time, Paces, Slots) = (time, paces, slots);
        IndexPlace[] present = [.. servers.Select((server, number) => new IndexPlace(number, 0, server.Incarnation))];
        _shared = new SharedIndex(present, new Lock());
        _places = servers.Zip(present).ToDictionary(p => p.First, p => p.Second);
    }

    public ServerPaces Paces { get; }

    public SlotTables Slots { get; }

    /// <summary>Held for whatever is done with <see cref="Index"/>: microseconds.</summary>
    public Lock Gate => _shared.Gate;

    /// <summary>What the servers are believed to have. Within <see cref="Gate"/>.</summary>
    public PrefixIndex Index => _shared.Index;

    /// <summary>How many servers the index has places for.</summary>
    public int Capacity => _shared.Present.Length;

    /// <summary>The moment, in seconds: the same for all pools, as a server may be in several.</summary>
    public double Now => _time.GetElapsedTime(Slots.Origin).TotalSeconds;

    /// <summary>A moment as the index has it: milliseconds, which wrap around after 49 days.</summary>
    public static uint StampOf(double now) => (uint)(long)(now * 1000);

    /// <summary>Takes over what was known of some of its servers before a reload. Before it is asked for anything.</summary>
    /// <param name="before">Who knows it, and is left as it is until this one is asked.</param>
    /// <param name="mayShare">Whether its index may be had, because nobody else goes on with it; else it is copied.</param>
    public void FollowOn(PrefixPool before, bool mayShare)
    {
        lock (before.Gate)
        {
            if (!before._shared.IsMade) return;
            _version = before._version + 1;
            if (mayShare && before.Capacity >= _places.Count) Inherit(before);
            else CopyFrom(before);
        }
    }

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
    public bool IsPresent(IndexPlace place) => _shared.Present[place.Number] == place;

    /// <summary>A server's place in the index.</summary>
    public IndexPlace PlaceAt(Backend backend) => _places[backend.State];

    // A reload happens while calls go on: those have the pool of before, and the same index. What leaves keeps its place until the
    // first call of who comes takes it.
    private void Inherit(PrefixPool before)
    {
        var free = new Queue<int>(Enumerable.Range(0, before.Capacity).Except(
            before._places.Where(p => _places.ContainsKey(p.Key)).Select(p => p.Value.Number)));
        _places = _places.Keys.ToDictionary(
            state => state, state => before._places.GetValueOrDefault(state) ?? new IndexPlace(free.Dequeue(), _version, state.Incarnation));
        _shared = before._shared;
    }

    private bool TryTake(IndexPlace place)
    {
        var present = _shared.Present;
        if (present[place.Number].Version >= place.Version) return false;
        present[place.Number] = place;
        Index.Reset(place.Number);
        return true;
    }

    // A larger pool has a larger index. Calls that go on meanwhile end in the one before: what they add is not known here.
    private void CopyFrom(PrefixPool before)
    {
        // What both learn of prompts that come back is one thing, and so one lock.
        _shared = new SharedIndex(_shared.Present, before.Gate);
        foreach (var (state, place) in _places.ToArray())
        {
            // One that nobody asked for yet may still be another's.
            if (!before._places.TryGetValue(state, out var known) || !before.IsPresent(known)) continue;
            _shared.Present[place.Number] = _places[state] = known.MovedTo(place.Number, _version);
            Index.CopyFrom(before.Index, known.Number, place.Number);
        }
    }
}
