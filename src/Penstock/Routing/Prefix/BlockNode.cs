namespace Penstock.Routing.Prefix;

/// <summary>A block in a <see cref="BlockLru"/>: what it is, its neighbours in a row, when it was used, and until when it counts if it is not confirmed.</summary>
internal struct BlockNode
{
    public ulong Hash;
    public int Newer, Older;
    public uint UsedAt, Until;
}
