namespace Penstock.Admission.Limits;

/// <summary>What a call costs, or may cost.</summary>
/// <param name="Tokens">Prompt and completion tokens.</param>
/// <param name="Pico">Money, in 1e-12 USD.</param>
internal readonly record struct CallCost(long Tokens, long Pico);
