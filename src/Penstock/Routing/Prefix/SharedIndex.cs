namespace Penstock.Routing.Prefix;

/// <summary>An index, made when it is first asked for, and whose the places in it are: for those who have it before and after a reload.</summary>
/// <param name="present">Whose the places are at first, in the order of their numbers.</param>
/// <param name="gate">Held for whatever is done with it: microseconds.</param>
internal sealed class SharedIndex(IndexPlace[] present, Lock gate)
{
    private PrefixIndex? _index;

    public Lock Gate => gate;

    /// <summary>Whose the places are now.</summary>
    public IndexPlace[] Present => present;

    /// <summary>Whether anybody has asked for it.</summary>
    public bool IsMade => _index is not null;

    /// <summary>The index. Megabytes, which a pool that nobody calls need not have.</summary>
    public PrefixIndex Index => _index ??= new PrefixIndex(present.Length);
}
