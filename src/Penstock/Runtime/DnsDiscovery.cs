using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Penstock.Backends;

namespace Penstock.Runtime;

/// <summary>
/// Asks every 10 s for the addresses behind the backends with <c>discovery: dns</c>, and has the snapshot made anew when they
/// have changed. A name that cannot be resolved, or has no address, keeps those that it had.
/// </summary>
internal sealed partial class DnsDiscovery(
    GatewayRuntime runtime, KnownAddresses known, INameResolver names, TimeProvider time, ILogger<DnsDiscovery> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, bool> _failing = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Asks once for each name, for all of them at the same time.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken)
    {
        var hosts = runtime.Current.Config.Backends.Select(KnownAddresses.DiscoveredHost).OfType<string>()
            .Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        known.Keep(hosts);
        return Task.WhenAll(hosts.Select(host => RefreshAsync(host, cancellationToken)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do await RefreshAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task RefreshAsync(string host, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var found = await names.ResolveAsync(host, either.Token);
            if (found.Count == 0)
            {
                NoteFailure(host, "it has no address");
                return;
            }

            _failing.TryRemove(host, out _);
            if (!known.Update(host, found, out var addresses)) return;
            Log.Found(logger, host, addresses.Count, string.Join(", ", addresses));
            runtime.Rebuild();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever a resolver throws: the next round comes in 10 s, and must come.
            NoteFailure(host, deadline.IsCancellationRequested ? "no answer in time" : e.Message);
        }
    }

    private void NoteFailure(string host, string reason)
    {
        if (_failing.TryAdd(host, true)) Log.Failed(logger, host, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The name {Host} stands for {Count} servers: {Addresses}")]
        public static partial void Found(ILogger logger, string host, int count, string addresses);

        [LoggerMessage(2, LogLevel.Warning, "The name {Host} cannot be resolved, and keeps what it had: {Reason}")]
        public static partial void Failed(ILogger logger, string host, string reason);
    }
}
