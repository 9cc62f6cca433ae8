namespace Penstock.Tests.Functional.Wire;

/// <summary>A completion as it came to a server.</summary>
/// <param name="Conversation">Whose turn it is.</param>
/// <param name="Turn">Which one, from 0.</param>
/// <param name="Slot">The <c>id_slot</c> that it asks for; null: none.</param>
internal sealed record HeardCall(int Conversation, int Turn, int? Slot);
