using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Penstock.Admission.Keys;

namespace Penstock.Runtime;

/// <summary>Says, once each, where the store's keys and the configuration do not go together.</summary>
internal sealed partial class KeyWarnings(GatewayRuntime runtime, KnownKeys known, ILogger<KeyWarnings> logger) : BackgroundService
{
    private HashSet<(string Key, string Name)> _said = [];
    private bool _saidOpen;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var replaced = runtime.Replaced;
                Look(runtime.Current, known.Current);
                await replaced.WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    private void Look(GatewaySnapshot gateway, KeyPicture keys)
    {
        var limits = gateway.Config.Limits.Select(l => l.Name!).ToHashSet(StringComparer.Ordinal);
        var written = (gateway.Config.Auth?.Keys ?? []).Select(key => key.Name).ToHashSet(StringComparer.Ordinal);
        var found = new HashSet<(string, string)>();
        var good = 0;
        foreach (var key in keys.Keys)
        {
            if (key.Revoked is not null) continue;
            good++;
            if (written.Contains(key.Name) && found.Add((key.Id, "")) && !_said.Contains((key.Id, ""))) Log.Hidden(logger, key.Id, key.Name);
            if (key.Terms.Limits is { } name && !limits.Contains(name) && found.Add((key.Id, name)) && !_said.Contains((key.Id, name)))
                Log.NoSuchLimits(logger, key.Id, key.Name, name);
        }

        // What was put right and is wrong again is said again.
        _said = found;
        var isOpen = gateway.Authenticator.IsOpen && good > 0;
        if (isOpen && !_saidOpen) Log.Open(logger, good);
        _saidOpen = isOpen;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The key {Id} of the store is not used: the configuration has a key '{Name}' of its own")]
        public static partial void Hidden(ILogger logger, string id, string name);

        [LoggerMessage(2, LogLevel.Warning, "The key {Id} ('{Name}') refers to limits '{Limits}', which are not configured any more: it is held to the default limits, else to the smallest of those that there are")]
        public static partial void NoSuchLimits(ILogger logger, string id, string name, string limits);

        [LoggerMessage(3, LogLevel.Warning, "The gateway is open: everyone may call, and none of the {Count} keys in the store is asked for. Add `auth: {{}}` to the configuration, or set API_KEY")]
        public static partial void Open(ILogger logger, int count);
    }
}
