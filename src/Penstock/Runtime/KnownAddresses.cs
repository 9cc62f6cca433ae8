using System.Collections.Concurrent;
using System.Net;
using Penstock.Configuration;

namespace Penstock.Runtime;

/// <summary>The addresses behind the names that are to be discovered, as they were last seen. They outlive a reload.</summary>
internal sealed class KnownAddresses
{
    private static readonly IReadOnlyList<IPAddress?> NameAlone = [null];

    private readonly ConcurrentDictionary<string, IReadOnlyList<IPAddress>> _byHost = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name whose addresses a backend consists of; null: it is one endpoint, whatever is behind it.</summary>
    public static string? DiscoveredHost(BackendConfig backend) =>
        backend is { Discovery: Discovery.Dns, Type: BackendReader.Http, Url: { HostNameType: UriHostNameType.Dns } url } ? url.IdnHost : null;

    /// <summary>A backend's endpoints: addresses, or null alone where it is reached by its name.</summary>
    public IReadOnlyList<IPAddress?> EndpointsOf(BackendConfig backend) =>
        DiscoveredHost(backend) is { } host && _byHost.TryGetValue(host, out var addresses) ? addresses : NameAlone;

    /// <summary>Takes what a name's resolution gave, at least one address, in its order.</summary>
    /// <param name="host">The name.</param>
    /// <param name="found">Of several families only that of the first counts, the one that the system prefers: a server with two is not two servers.</param>
    /// <param name="addresses">The endpoints, in an order that does not change with the resolution's.</param>
    /// <returns>Whether they are others than before.</returns>
    public bool Update(string host, IReadOnlyList<IPAddress> found, out IReadOnlyList<IPAddress> addresses)
    {
        var endpoints = found.Where(a => a.AddressFamily == found[0].AddressFamily).Distinct()
            .OrderBy(a => a.ToString(), StringComparer.Ordinal).ToArray();
        addresses = endpoints;
        if (_byHost.TryGetValue(host, out var old) && old.SequenceEqual(endpoints)) return false;
        _byHost[host] = endpoints;
        return true;
    }

    /// <summary>Forgets all names but these.</summary>
    public void Keep(IReadOnlyCollection<string> hosts)
    {
        foreach (var host in _byHost.Keys)
        {
            if (!hosts.Contains(host, StringComparer.OrdinalIgnoreCase)) _byHost.TryRemove(host, out _);
        }
    }
}
