namespace Penstock.Backends;

/// <summary>Wants to know when a backend may have room.</summary>
internal interface ISeatWatcher
{
    /// <summary>A seat may have become free, or the backend available. Called on the thread that did it, with no lock held.</summary>
    void SeatFreed();
}
