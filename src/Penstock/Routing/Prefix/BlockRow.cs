namespace Penstock.Routing.Prefix;

/// <summary>Blocks in the order in which they were used: the ends of a row of nodes that know their neighbours.</summary>
internal struct BlockRow()
{
    /// <summary>No node.</summary>
    public const int None = -1;

    private int _newest = None;

    /// <summary>The number of the node that was used least recently; <see cref="None"/>: there is none.</summary>
    public int Oldest { get; private set; } = None;

    /// <summary>Puts one in that is in no row, as the newest.</summary>
    public void Link(BlockNode[] nodes, int node)
    {
        nodes[node].Newer = None;
        nodes[node].Older = _newest;
        if (_newest != None) nodes[_newest].Newer = node;
        else Oldest = node;
        _newest = node;
    }

    /// <summary>Takes one out.</summary>
    public void Unlink(BlockNode[] nodes, int node)
    {
        var (newer, older) = (nodes[node].Newer, nodes[node].Older);
        if (newer != None) nodes[newer].Older = older;
        else _newest = older;
        if (older != None) nodes[older].Newer = newer;
        else Oldest = newer;
    }
}
