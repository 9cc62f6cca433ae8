using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using Penstock.Configuration;

namespace Penstock.Server.Door;

/// <summary>The certificate that new connections get. Those that are open keep the one they began with.</summary>
internal sealed class ServerCertificate
{
    private volatile SslServerAuthenticationOptions _inForce;

    private ServerCertificate(TlsConfig files, SslServerAuthenticationOptions first)
    {
        Files = files;
        _inForce = first;
    }

    public TlsConfig Files { get; }

    public SslServerAuthenticationOptions InForce => _inForce;

    /// <summary>When the certificate in force ends.</summary>
    public DateTimeOffset ValidUntil => _inForce.ServerCertificateContext!.TargetCertificate.NotAfter;

    public static bool TryLoad(TlsConfig files, [NotNullWhen(true)] out ServerCertificate? certificate, [NotNullWhen(false)] out string? problem)
    {
        certificate = CertificateFiles.TryLoad(files, out var options, out problem) ? new ServerCertificate(files, options) : null;
        return certificate is not null;
    }

    /// <summary>Reads the files again. The old one stays where the new one is none.</summary>
    public bool TryReload([NotNullWhen(false)] out string? problem)
    {
        if (!CertificateFiles.TryLoad(Files, out var options, out problem)) return false;
        _inForce = options;
        return true;
    }
}
