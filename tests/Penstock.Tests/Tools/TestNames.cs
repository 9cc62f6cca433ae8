using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Penstock.Backends;

namespace Penstock.Tests.Tools;

/// <summary>Names that a test makes up. A name that it does not know does not exist; one that hangs does so until nobody waits.</summary>
internal sealed class TestNames : INameResolver
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _addresses = new();
    private readonly ConcurrentDictionary<string, SocketError> _errors = new();
    private readonly ConcurrentDictionary<string, bool> _hanging = new();
    private int _asked;
    private int _waiting;

    /// <summary>How often somebody asked.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Waits that hang now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Gives a name its addresses, in place of what it had.</summary>
    public void Set(string host, params string[] addresses)
    {
        _addresses[host] = addresses;
        _errors.TryRemove(host, out _);
    }

    public void Fail(string host, SocketError error) => _errors[host] = error;

    public void Hang(string host) => _hanging[host] = true;

    public bool IsHanging(string host) => _hanging.ContainsKey(host);

    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        if (_hanging.ContainsKey(host)) await HangAsync(cancellationToken);
        if (_errors.TryGetValue(host, out var error)) throw new SocketException((int)error);
        return _addresses.TryGetValue(host, out var addresses)
            ? [.. addresses.Select(IPAddress.Parse)] : throw new SocketException((int)SocketError.HostNotFound);
    }

    private async Task HangAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
