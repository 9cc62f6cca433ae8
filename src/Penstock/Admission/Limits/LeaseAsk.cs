namespace Penstock.Admission.Limits;

/// <summary>What a replica tells the store of a limit, and asks of it.</summary>
/// <param name="Meter">Whose limit it is.</param>
/// <param name="Kind">What is limited.</param>
/// <param name="Capacity">How much there is of it in all.</param>
/// <param name="Holding">What the replica keeps of what it was granted: seats that are taken included.</param>
/// <param name="Return">What it gives back; negative: what it has used beyond what it was granted.</param>
/// <param name="Need">What requests wait for.</param>
/// <param name="Want">What it would like to have besides, to need not ask for about a second.</param>
/// <param name="Ends">When the budget's period ends, in microseconds since 1970; 0 for what has no period.</param>
internal readonly record struct LeaseAsk(
    Meter Meter, LimitKind Kind, long Capacity, long Holding, long Return, long Need, long Want, long Ends)
{
    public LeaseAsk(Meter meter, LimitKind kind, long capacity, LeasePlan plan, long ends)
        : this(meter, kind, capacity, plan.Kept, plan.Returned, plan.Need, plan.Want, ends)
    {
    }
}
