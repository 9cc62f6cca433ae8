namespace Penstock.Routing.Prefix;

/// <summary>A slot that a prompt would take.</summary>
/// <param name="Slot">Its number; -1: there is none.</param>
/// <param name="Blocks">Blocks of the prompt that it has.</param>
/// <param name="LostTokens">Tokens that it would lose and is likely to be asked for again.</param>
internal readonly record struct SlotChoice(int Slot, int Blocks, double LostTokens);
