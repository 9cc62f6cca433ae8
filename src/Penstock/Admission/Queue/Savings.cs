namespace Penstock.Admission.Queue;

/// <summary>
/// What was saved for a call that has gone without a seat. It is for one about as dear that comes later, which the same call is that
/// is tried again, and no claim to many small ones in a row.
/// </summary>
internal struct Savings
{
    /// <summary>How much there is, in tokens.</summary>
    public long Tokens { get; private set; }

    /// <summary>How much of it a call may use: nothing where it costs less than half of what is there.</summary>
    /// <param name="cost">What the call costs.</param>
    public readonly long For(long cost) => cost >= Tokens / 2 ? Math.Min(Tokens, cost) : 0;

    /// <summary>A call has gone for which so much was saved. All together is no more than such a call costs, or than there was before.</summary>
    /// <param name="tokens">What was saved for it.</param>
    /// <param name="cost">What it would have cost.</param>
    public void Add(long tokens, long cost) => Tokens = Math.Max(Tokens, Math.Min(Tokens + tokens, cost));

    /// <summary>So much of it was used, which cannot be used again.</summary>
    public void Spend(long tokens) => Tokens -= tokens;
}
