namespace Penstock.Admission.Queue;

/// <summary>Whether a call may stand in line.</summary>
internal enum QueueVerdict
{
    Added,

    /// <summary>There is no room for it.</summary>
    Full,

    /// <summary>There is, but it is batch work, and the pressure is too high for that.</summary>
    Shed,
}
