using Penstock.Backends;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>Who is asked next.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Pool">The pool that it was picked from, which says what its model is called.</param>
/// <param name="Seat">Its seat there, taken already.</param>
internal readonly record struct Pick(Backend Backend, Pool Pool, BackendState.Lease Seat);
