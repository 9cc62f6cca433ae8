using System.Net;

namespace Penstock.Backends;

/// <summary>Finds the addresses behind a name. The seam at which tests have names of their own, and names that hang.</summary>
internal interface INameResolver
{
    /// <summary>The addresses, in the order in which the system would try them.</summary>
    /// <param name="host">A host's name or an address as text, without brackets.</param>
    /// <param name="cancellationToken">Ends the wait, whether or not the resolution behind it can be ended.</param>
    /// <exception cref="System.Net.Sockets.SocketException">There is no such name, or nobody who would know.</exception>
    Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken);
}
