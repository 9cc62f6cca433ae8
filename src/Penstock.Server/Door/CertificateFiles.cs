using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Penstock.Configuration;

namespace Penstock.Server.Door;

/// <summary>Reads a certificate, its chain and its key, and says what is wrong with them without saying what is in them.</summary>
internal static class CertificateFiles
{
    /// <param name="tls">The files.</param>
    /// <param name="options">How TLS is spoken with them. Connections share it, so that sessions can be resumed.</param>
    /// <param name="problem">What is wrong, with the key of the configuration and the file.</param>
    public static bool TryLoad(TlsConfig tls, [NotNullWhen(true)] out SslServerAuthenticationOptions? options, [NotNullWhen(false)] out string? problem)
    {
        options = null;
        if (!TryRead("certificate", tls.Certificate, out var certificate, out problem)) return false;
        if (!TryRead("key", tls.Key, out var key, out problem)) return false;
        try
        {
            options = new SslServerAuthenticationOptions
            {
                ServerCertificateContext = Load(certificate, key),
                // 1.0 and 1.1 are deprecated (RFC 8996).
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            };
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // The message speaks of the kind of thing that was found, never of the key.
            problem = $"server.tls: {tls.Certificate} and {tls.Key} are not a certificate and its key in PEM: {e.Message}";
            return false;
        }
    }

    private static bool TryRead(string name, string path, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? problem)
    {
        (text, problem) = (null, null);
        try
        {
            text = File.ReadAllText(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            problem = $"server.tls.{name}: {path}: {why}";
            return false;
        }
    }

    private static SslStreamCertificateContext Load(string certificate, string key)
    {
        var leaf = X509Certificate2.CreateFromPem(certificate, key);
        // Windows' TLS takes no key that lives in memory only.
        if (OperatingSystem.IsWindows()) leaf = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        chain.RemoveAt(0);
        // Offline: what callers need is in the file, and nothing is fetched from elsewhere.
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }
}
