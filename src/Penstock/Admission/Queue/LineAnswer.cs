namespace Penstock.Admission.Queue;

/// <summary>What became of standing in line.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Waited">How long it took.</param>
/// <param name="RetryAfter">When asking again makes sense, where there is no seat.</param>
internal readonly record struct LineAnswer(LineEnd End, TimeSpan Waited, TimeSpan RetryAfter);
