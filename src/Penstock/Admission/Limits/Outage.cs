namespace Penstock.Admission.Limits;

/// <summary>What a replica knows of the others while the store does not answer.</summary>
/// <param name="Replica">Which of the replicas it is, from 0.</param>
/// <param name="Replicas">How many there are.</param>
/// <param name="WasHeard">Whether the store has answered since this replica started.</param>
internal readonly record struct Outage(int Replica, int Replicas, bool WasHeard)
{
    /// <summary>Its share of a limit. All shares together are the limit, and no more.</summary>
    public long ShareOf(long limit) => (limit / Replicas) + (Replica < limit % Replicas ? 1 : 0);
}
