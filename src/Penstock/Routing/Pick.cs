using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>Who is asked next.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Pool">The pool that it was picked from, which says what its model is called.</param>
/// <param name="Seat">Its seat there, taken already.</param>
/// <param name="Dispatch">What the pool's policy follows of the call; null: nothing.</param>
internal readonly record struct Pick(Backend Backend, Pool Pool, BackendState.Lease Seat, IDispatch? Dispatch = null) : IDisposable
{
    /// <summary>Gives back what was taken, where nobody was asked after all.</summary>
    public void Dispose()
    {
        try
        {
            Dispatch?.Dispose();
        }
        finally
        {
            Seat.Dispose();
        }
    }
}
