namespace Penstock.Routing.Prefix;

/// <summary>A slot that a prompt would take.</summary>
/// <param name="Slot">Its number; -1: none can be named.</param>
/// <param name="Blocks">Blocks of the prompt that it has, or that the one is likely to have which the server chooses.</param>
/// <param name="LostTokens">Tokens that it would lose and is likely to be asked for again.</param>
internal readonly record struct SlotChoice(int Slot, int Blocks, double LostTokens);
