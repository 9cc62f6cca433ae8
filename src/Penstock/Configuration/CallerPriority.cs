namespace Penstock.Configuration;

/// <summary>Whose requests come first where requests wait.</summary>
internal enum CallerPriority
{
    Normal,
    High,
    Batch,
}
