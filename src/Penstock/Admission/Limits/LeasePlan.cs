namespace Penstock.Admission.Limits;

/// <summary>What a replica does with what it has of an account; by default nothing.</summary>
/// <param name="Kept">What it keeps.</param>
/// <param name="Returned">What it gives back; negative: what it has used beyond what it was granted.</param>
/// <param name="Need">What requests wait for, besides what is kept.</param>
/// <param name="Want">What it would like to have besides.</param>
internal readonly record struct LeasePlan(long Kept, long Returned, long Need, long Want)
{
    public bool IsNothing => this == default;
}
