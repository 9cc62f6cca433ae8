namespace Penstock.Protocol;

/// <summary>What a string in a chunk's delta is.</summary>
internal enum ChunkLeafKind
{
    /// <summary>Text that grows from chunk to chunk: content, reasoning, a tool call's arguments.</summary>
    Text,

    /// <summary>Something's id, which says nothing and is another one each time.</summary>
    Id,

    /// <summary>Whose words these are.</summary>
    Role,
}
