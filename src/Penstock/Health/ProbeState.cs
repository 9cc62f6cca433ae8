namespace Penstock.Health;

/// <summary>What probes say of a backend.</summary>
internal enum ProbeState
{
    /// <summary>Nothing yet, or not enough: it is tried.</summary>
    Unknown,

    Up,
    Down,
}
