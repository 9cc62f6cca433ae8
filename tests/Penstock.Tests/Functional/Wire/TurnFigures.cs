namespace Penstock.Tests.Functional.Wire;

/// <summary>What the server said of a turn.</summary>
/// <param name="Cached">Tokens of the prompt that it had.</param>
/// <param name="Known">Tokens of the prompt that some server has read or written before: what an endless cache would have had.</param>
internal readonly record struct TurnFigures(int Cached, int Known);
