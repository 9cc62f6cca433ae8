using System.Runtime.CompilerServices;
using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>The pace of each server, whatever pools it is in, for as long as its state lives.</summary>
internal sealed class ServerPaces
{
    private readonly ConditionalWeakTable<BackendState, ServerPace> _paces = [];

    public ServerPace Of(Backend backend) => _paces.GetValue(backend.State, static _ => new ServerPace());
}
