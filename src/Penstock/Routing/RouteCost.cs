using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>What a call would cost at one server, in seconds, term by term.</summary>
/// <param name="Backend">The server.</param>
/// <param name="CachedTokens">Tokens of the prompt that it is expected to have.</param>
/// <param name="WaitingTokens">Tokens of other prompts that it was sent and has to read before.</param>
/// <param name="Seat">The wait for a seat; 0 where one is free.</param>
/// <param name="Prefill">Reading what it does not have, after what it was sent already.</param>
/// <param name="Decode">By how much one more running call slows it down.</param>
/// <param name="Eviction">Reading again what it would have to forget for it, by how likely it is to be asked for that.</param>
/// <param name="Stickiness">Those whom it would keep waiting there to read what is warm elsewhere.</param>
internal readonly record struct RouteCost(
    Backend Backend, double CachedTokens, double WaitingTokens, double Seat, double Prefill, double Decode, double Eviction, double Stickiness)
{
    public double Total => Seat + Prefill + Decode + Eviction + Stickiness;

    /// <summary>The slot of the server that it would take (llama.cpp); null: it has none, or which one is not known.</summary>
    public int? Slot { get; init; }
}
