using System.Diagnostics.CodeAnalysis;
using Penstock.Backends;
using Penstock.Protocol;

namespace Penstock.Routing;

/// <summary>Backends any of which may answer, and the policy that chooses among them. A single backend is a pool of one.</summary>
/// <param name="members">The backends, in the order of the file.</param>
/// <param name="picker">The policy.</param>
/// <param name="model">What members without a model of their own are asked for; null: what the caller asked for.</param>
internal sealed class Pool(Backend[] members, IBackendPicker picker, string? model = null)
{
    public ReadOnlySpan<Backend> Members => members;

    public string? Model => model;

    /// <summary><see cref="Model"/> as a JSON string token.</summary>
    public byte[]? ModelToken { get; } = model is null ? null : JsonText.Quote(model);

    /// <summary>Chooses a backend that can answer now and takes a seat there.</summary>
    /// <param name="except">Backends that are not to be chosen; null: none.</param>
    /// <param name="picked">Who was chosen.</param>
    /// <param name="lease">Its seat.</param>
    public bool TryPick(
        IReadOnlyCollection<Backend>? except, [NotNullWhen(true)] out Backend? picked, [NotNullWhen(true)] out BackendState.Lease? lease)
    {
        picked = picker.Pick(members);
        return picked.TryEnter(out lease);
    }
}
