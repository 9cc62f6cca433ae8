using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;

namespace Penstock.Runtime;

/// <summary>
/// Watches the configuration file. It looks four times a second rather than waiting for the file system's events: those
/// miss what Kubernetes does to a mounted ConfigMap (a link is exchanged), what happens on network file systems, and
/// a file that does not exist yet. It looks at the content, a few KiB: times and lengths miss an exchange, too, where
/// files are installed with a time of their own.
/// </summary>
internal sealed class ConfigWatcher(GatewayRuntime runtime, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // Null: there is no such file, or it cannot be read.
    private byte[]? _inForce = HashOf(runtime.File);
    private byte[]? _seen;
    private bool _isChanging;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (runtime.File is null) return;
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

    // A change is taken when it was seen twice: a file that is being written is empty first, and then half of one.
    private void ReloadIfChanged()
    {
        var content = HashOf(runtime.File);
        var isSettled = _isChanging && AreEqual(content, _seen);
        _isChanging = !AreEqual(content, _inForce);
        _seen = content;
        if (!_isChanging || !isSettled) return;
        _isChanging = false;
        _inForce = content;
        runtime.TryReload();
    }

    private static bool AreEqual(byte[]? one, byte[]? other) => one.AsSpan().SequenceEqual(other);

    private static byte[]? HashOf(string? path)
    {
        if (path is null) return null;
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
