using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;

namespace Penstock.Runtime;

/// <summary>
/// Watches the configuration file. It looks twice a second rather than waiting for the file system's events: those
/// miss what Kubernetes does to a mounted ConfigMap (a link is exchanged), what happens on network file systems, and
/// a file that does not exist yet.
/// </summary>
internal sealed class ConfigWatcher(GatewayRuntime runtime, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private (DateTime Written, long Length) _seen = Look(runtime.File);
    private byte[]? _content = HashOf(runtime.File);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) ReloadIfChanged();
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    private void ReloadIfChanged()
    {
        var now = Look(runtime.File);
        if (now == _seen) return;

        // A touched file is not a changed one; a file that is being exchanged is looked at again in a moment.
        var content = HashOf(runtime.File);
        if (content is null && _content is not null && now != default) return;
        _seen = now;
        if (content.AsSpan().SequenceEqual(_content)) return;
        _content = content;
        runtime.TryReload();
    }

    // Links are followed: what counts is the file at their end.
    private static (DateTime Written, long Length) Look(string path)
    {
        try
        {
            var file = new FileInfo(path);
            var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return target.Exists ? (target.LastWriteTimeUtc, target.Length) : default;
        }
        catch (IOException)
        {
            return default;
        }
    }

    private static byte[]? HashOf(string path)
    {
        try
        {
            return SHA256.HashData(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
