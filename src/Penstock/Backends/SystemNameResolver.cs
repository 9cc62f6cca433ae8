using System.Net;

namespace Penstock.Backends;

/// <summary>Names as the system resolves them: its hosts file, its DNS servers, its order of addresses.</summary>
internal sealed class SystemNameResolver : INameResolver
{
    // On Linux a resolution cannot be called off once it runs, and may take as long as the resolver's own retries
    // (10 s and more): the wait ends without it. The runtime asks once at a time for a name, so that a name that
    // hangs costs one thread however many requests wait for it.
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken) =>
        await Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(cancellationToken);
}
