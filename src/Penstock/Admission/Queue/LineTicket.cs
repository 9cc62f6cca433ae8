using Penstock.Configuration;

namespace Penstock.Admission.Queue;

/// <summary>What a line has to know of a call.</summary>
/// <param name="Caller">Whose it is.</param>
/// <param name="Priority">Its priority.</param>
/// <param name="Tokens">What it is expected to cost.</param>
/// <param name="Bytes">What it holds while it waits.</param>
/// <param name="Timeout">How long it waits.</param>
internal readonly record struct LineTicket(string Caller, CallerPriority Priority, long Tokens, long Bytes, TimeSpan Timeout);
