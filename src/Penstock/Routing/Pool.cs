using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Penstock.Backends;
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

    public ReadOnlySpan<Backend> Members => members;

    public string? Model => model;

    /// <summary><see cref="Model"/> as a JSON string token.</summary>
    public byte[]? ModelToken { get; } = model is null ? null : JsonText.Quote(model);

    /// <summary>Chooses a backend that can answer now and takes a seat there.</summary>
    /// <param name="except">Backends that are not to be chosen; null: none.</param>
    /// <param name="picked">Who was chosen.</param>
    /// <param name="lease">Its seat.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryPick(
        IReadOnlyCollection<Backend>? except, [NotNullWhen(true)] out Backend? picked, [NotNullWhen(true)] out BackendState.Lease? lease)
    {
        // All well is how it is nearly always. Who takes the last seat before us is found out below.
        if (except is null or { Count: 0 } && AreAllAvailable())
        {
            picked = picker.Pick(members);
            if (picked.TryEnter(out lease)) return true;
        }

        return TryPickOther(except, out picked, out lease);
    }

    /// <summary>What is in the way where nobody could be picked: what goes away first.</summary>
    /// <param name="except">Backends that do not count; null: none.</param>
    /// <param name="availableIn">When it is worth while to ask again.</param>
    /// <returns>None where there is no backend that counts.</returns>
    public Obstacle ObstacleOf(IReadOnlyCollection<Backend>? except, out TimeSpan availableIn)
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

    private static bool IsExcepted(Backend member, IReadOnlyCollection<Backend>? except) => except is not null && except.Contains(member);

    private bool AreAllAvailable()
    {
        foreach (var member in members)
        {
            if (member.Obstacle != Obstacle.None) return false;
        }

        return true;
    }

    private bool TryPickOther(
        IReadOnlyCollection<Backend>? except, [NotNullWhen(true)] out Backend? picked, [NotNullWhen(true)] out BackendState.Lease? lease)
    {
        var rented = ArrayPool<Backend>.Shared.Rent(members.Length);
        try
        {
            var count = 0;
            foreach (var member in members)
            {
                if (member.Obstacle == Obstacle.None && !IsExcepted(member, except)) rented[count++] = member;
            }

            for (; count > 0; count = Remove(rented.AsSpan(0, count), picked))
            {
                picked = picker.Pick(rented.AsSpan(0, count));
                if (picked.TryEnter(out lease)) return true;
            }
        }
        finally
        {
            ArrayPool<Backend>.Shared.Return(rented, clearArray: true);
        }

        picked = null;
        lease = null;
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
