namespace Penstock.Bench.Wire;

/// <summary>A turn of a conversation, as its caller saw it.</summary>
/// <param name="FirstToken">Time from the request to the first text of the answer.</param>
/// <param name="Cached">Tokens of the prompt that the server did not have to read, by its own word.</param>
/// <param name="Known">Tokens of the prompt that some server has read or written before: what an endless cache would have had.</param>
/// <param name="Failure">What was wrong with the answer; null: nothing.</param>
internal sealed record WireTurn(TimeSpan FirstToken, int Cached, int Known, string? Failure = null);
