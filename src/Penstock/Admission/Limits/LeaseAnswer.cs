namespace Penstock.Admission.Limits;

/// <summary>What the store says to a replica.</summary>
/// <param name="Grants">What it grants, in the order in which it was asked.</param>
/// <param name="Replicas">How many replicas it has heard of lately, this one included.</param>
/// <param name="Place">Which of them this is, from 0.</param>
internal sealed record LeaseAnswer(IReadOnlyList<LeaseGrant> Grants, int Replicas, int Place);
