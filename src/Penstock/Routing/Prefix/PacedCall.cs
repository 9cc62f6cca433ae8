namespace Penstock.Routing.Prefix;

/// <summary>A call in a server, as its <see cref="ServerPace"/> keeps it.</summary>
/// <param name="tokens">Tokens of its prompt that the server has to read.</param>
/// <param name="before">Tokens of other prompts that it has to read before.</param>
internal sealed class PacedCall(long tokens, double before)
{
    public long Tokens => tokens;
    public double Before => before;

    /// <summary>When its prompt should have been read, in seconds: of a call whose answer comes at once nothing else tells.</summary>
    public double ReadBy { get; init; } = double.PositiveInfinity;

    public bool HasBegun { get; set; }
    public bool HasEnded { get; set; }
}
