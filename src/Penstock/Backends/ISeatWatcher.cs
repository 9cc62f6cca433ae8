namespace Penstock.Backends;

/// <summary>Wants to know when a backend may have room.</summary>
internal interface ISeatWatcher
{
    /// <summary>A seat may have become free, or the backend available. Called with no lock held.</summary>
    /// <param name="isOne">Whether it is one seat, told by the thread that has left it; else there may be any number.</param>
    void SeatFreed(bool isOne);
}
