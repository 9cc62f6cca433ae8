namespace Penstock.Admission.Limits;

/// <summary>What the store says to a <see cref="LeaseAsk"/>.</summary>
/// <param name="Granted">What the replica may use from now on, besides what it kept.</param>
/// <param name="Left">What the store has left; negative where replicas have used more than was granted.</param>
internal readonly record struct LeaseGrant(long Granted, long Left);
