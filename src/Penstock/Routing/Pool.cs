using System.Buffers;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Protocol;

namespace Penstock.Routing;

/// <summary>Backends any of which may answer, and the policy that chooses among them. A single backend is a pool of one.</summary>
/// <param name="members">The backends, in the order of the file.</param>
/// <param name="picker">The policy.</param>
/// <param name="model">What members without a model of their own are asked for; null: what the caller asked for.</param>
internal sealed class Pool(Backend[] members, IBackendPicker picker, string? model = null)
{
    // Requests end all the time; there is nothing that says when the next one does.
    private static readonly TimeSpan SeatIsFreeIn = TimeSpan.FromSeconds(1);

    /// <summary>What the configuration calls it: its calls wait in the line of that name.</summary>
    public string Name { get; init; } = "";

    /// <summary>How they wait.</summary>
    public QueueConfig Queue { get; init; } = new();

    public ReadOnlySpan<Backend> Members => members;

    public string? Model => model;

    /// <summary><see cref="Model"/> as a JSON string token.</summary>
    public byte[]? ModelToken { get; } = model is null ? null : JsonText.Quote(model);

    /// <summary>Whether its policy looks at prompts.</summary>
    public bool ReadsPrompts => picker.ReadsPrompts;

    /// <summary>The servers of one name alone; null: there is none.</summary>
    public Pool? Only(string name)
    {
        Backend[] named = [.. members.Where(member => member.Name == name)];
        return named.Length == 0 ? null : new Pool(named, picker, model) { Name = Name, Queue = Queue };
    }

    /// <summary>Chooses a backend that can answer now and takes a seat there.</summary>
    /// <param name="prompt">What is asked; null: nobody knows.</param>
    /// <param name="except">Servers that are not to be chosen, however they were written; null: none.</param>
    /// <param name="pick">Who was chosen.</param>
    /// <param name="mayWait">Whether the call can wait, so that a policy may think it better to wait for a full one.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryPick(PromptShape? prompt, IReadOnlyCollection<BackendState>? except, out Pick pick, bool mayWait = false)
    {
        // All well is how it is nearly always. Who takes the last seat before us is found out below.
        if (except is null or { Count: 0 } && AreAllAvailable() && picker.Pick(members, [], prompt) is { } picked && TryTake(picked, prompt, out pick)) return true;
        return TryPickOther(prompt, except, mayWait && Queue.MaxRequests > 0, out pick);
    }

    /// <summary>What a call would cost at each backend that could answer it, as its policy sees it; null: it does not reckon.</summary>
    public IReadOnlyList<RouteCost>? Explain(PromptShape prompt, out Backend? chosen)
    {
        Backend[] free = [.. members.Where(member => member.Obstacle == Obstacle.None)];
        // Nobody waits for those where there is no line.
        Backend[] full = Queue.MaxRequests > 0 ? [.. members.Where(member => member.Obstacle == Obstacle.Full)] : [];
        return picker.Explain(free, full, prompt, out chosen);
    }

    /// <summary>Takes a seat at one of its backends, whatever the policy thinks of it.</summary>
    public bool TryTake(Backend backend, PromptShape? prompt, out Pick pick)
    {
        if (!backend.TryEnter(out var seat))
        {
            pick = default;
            return false;
        }

        try
        {
            prompt?.Await(null);
            pick = new Pick(backend, this, seat, picker.Begin(backend, prompt));
            return true;
        }
        catch
        {
            // A policy's bug. Nobody else knows of the seat yet.
            seat.Dispose();
            throw;
        }
    }

    /// <summary>Keeps a seat for one more attempt by the same call: nobody who waits for it comes in between.</summary>
    public Pick Keep(in Pick pick, PromptShape? prompt)
    {
        // What it had there, as a slot that is warm by now, is free for the same call.
        pick.Dispatch?.Dispose();
        var dispatch = picker.Begin(pick.Backend, prompt);
        // Last: as long as something may throw, the seat is still the earlier attempt's.
        return new Pick(pick.Backend, this, pick.Seat.HandOver(), dispatch);
    }

    /// <summary>What is in the way where nobody could be picked: what goes away first.</summary>
    /// <param name="except">Backends that do not count; null: none.</param>
    /// <param name="availableIn">When it is worth while to ask again.</param>
    /// <returns>None where there is no backend that counts.</returns>
    public Obstacle ObstacleOf(IReadOnlyCollection<BackendState>? except, out TimeSpan availableIn)
    {
        var first = Obstacle.None;
        availableIn = TimeSpan.Zero;
        foreach (var member in members)
        {
            if (IsExcepted(member, except)) continue;
            var obstacle = member.Obstacle;
            // A seat may have become free since; so may the next one.
            if (obstacle == Obstacle.None) obstacle = Obstacle.Full;
            var time = obstacle == Obstacle.Full ? SeatIsFreeIn : member.State.Health.AvailableIn;
            if (first != Obstacle.None && time >= availableIn) continue;
            (first, availableIn) = (obstacle, time);
        }

        return first;
    }

    /// <summary>Whether one of its backends could answer, had it a seat; or has one.</summary>
    /// <param name="except">Backends that do not count; null: none.</param>
    /// <param name="hasSeat">Whether one of them has.</param>
    public bool IsAble(IReadOnlyCollection<BackendState>? except, out bool hasSeat)
    {
        hasSeat = false;
        var isAble = false;
        foreach (var member in members)
        {
            if (IsPassedOver(member, except)) continue;
            var obstacle = member.Obstacle;
            hasSeat |= obstacle == Obstacle.None;
            isAble |= obstacle is Obstacle.None or Obstacle.Full;
        }

        return isAble;
    }

    private static bool IsExcepted(Backend member, IReadOnlyCollection<BackendState>? except) => except is not null && except.Contains(member.State);

    // A call that waited while its server left: it goes there only where no other could have it.
    private bool IsPassedOver(Backend member, IReadOnlyCollection<BackendState>? except)
    {
        if (IsExcepted(member, except)) return true;
        if (!member.State.IsRetired) return false;
        foreach (var other in members)
        {
            if (!other.State.IsRetired && !IsExcepted(other, except) && other.Obstacle is Obstacle.None or Obstacle.Full) return true;
        }

        return false;
    }

    private bool AreAllAvailable()
    {
        foreach (var member in members)
        {
            if (member.Obstacle != Obstacle.None || member.State.IsRetired) return false;
        }

        return true;
    }

    private bool TryPickOther(PromptShape? prompt, IReadOnlyCollection<BackendState>? except, bool mayWait, out Pick pick)
    {
        var rented = ArrayPool<Backend>.Shared.Rent(2 * members.Length);
        try
        {
            var free = rented.AsSpan(0, members.Length);
            var full = rented.AsSpan(members.Length);
            var (freeCount, fullCount) = (0, 0);
            foreach (var member in members)
            {
                if (IsPassedOver(member, except)) continue;
                var obstacle = member.Obstacle;
                if (obstacle == Obstacle.None) free[freeCount++] = member;
                else if (mayWait && obstacle == Obstacle.Full) full[fullCount++] = member;
            }

            while (freeCount > 0 && picker.Pick(free[..freeCount], full[..fullCount], prompt) is { } picked)
            {
                if (TryTake(picked, prompt, out pick)) return true;
                freeCount = Remove(free[..freeCount], picked);
            }
        }
        finally
        {
            ArrayPool<Backend>.Shared.Return(rented, clearArray: true);
        }

        pick = default;
        return false;
    }

    // In their order, which means something to some policies. Returns how many are left.
    private static int Remove(Span<Backend> candidates, Backend backend)
    {
        var at = candidates.IndexOf(backend);
        candidates[(at + 1)..].CopyTo(candidates[at..]);
        return candidates.Length - 1;
    }
}
