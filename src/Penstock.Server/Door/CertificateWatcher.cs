using System.Security.Cryptography;

namespace Penstock.Server.Door;

/// <summary>
/// Takes up a certificate that was renewed. It looks at the files' contents once a second, as the configuration's watcher
/// does and for its reasons, and takes a change when it has seen it twice: a certificate and its key are two files, which
/// nobody replaces at once.
/// </summary>
internal sealed partial class CertificateWatcher(ServerCertificate certificate, TimeProvider time, ILogger<CertificateWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly byte[] _first = HashOf(certificate);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        WarnIfExpired();
        var (dealtWith, seen) = (_first, _first);
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var content = HashOf(certificate);
                if (content.AsSpan().SequenceEqual(seen) && !content.AsSpan().SequenceEqual(dealtWith))
                {
                    dealtWith = content;
                    Reload();
                }

                seen = content;
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    private void Reload()
    {
        if (!certificate.TryReload(out var problem))
        {
            Log.Refused(logger, problem);
            return;
        }

        Log.Renewed(logger, certificate.ValidUntil);
        WarnIfExpired();
    }

    private void WarnIfExpired()
    {
        if (certificate.ValidUntil < time.GetUtcNow()) Log.Expired(logger, certificate.ValidUntil);
    }

    // A file that cannot be read is one content of many.
    private static byte[] HashOf(ServerCertificate certificate)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in (string[])[certificate.Files.Certificate, certificate.Files.Key])
        {
            try
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                hash.AppendData([0]);
            }
        }

        return hash.GetHashAndReset();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The certificate was renewed; it is valid until {Until:u}")]
        public static partial void Renewed(ILogger logger, DateTimeOffset until);

        [LoggerMessage(2, LogLevel.Error, "The new certificate cannot be used, the old one stays: {Problem}")]
        public static partial void Refused(ILogger logger, string problem);

        [LoggerMessage(3, LogLevel.Warning, "The certificate has expired at {Until:u}: callers will not trust it")]
        public static partial void Expired(ILogger logger, DateTimeOffset until);
    }
}
