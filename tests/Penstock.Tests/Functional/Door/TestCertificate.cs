using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Penstock.Tests.Functional.Door;

/// <summary>A certificate for localhost and its key, made for one test.</summary>
/// <param name="Pem">The certificate, and the one that it was issued by where there is one.</param>
/// <param name="KeyPem">Its private key.</param>
/// <param name="Thumbprint">What tells it from others.</param>
/// <param name="IssuerThumbprint">The same of the one that it was issued by; null: it was issued by itself.</param>
internal sealed record TestCertificate(string Pem, string KeyPem, string Thumbprint, string? IssuerThumbprint = null)
{
    /// <summary>Where the gateway of a test is to find it.</summary>
    public const string Yaml = "server:\n  tls: { certificate: cert.pem, key: key.pem }\n";

    public IReadOnlyDictionary<string, string> Files => new Dictionary<string, string> { ["cert.pem"] = Pem, ["key.pem"] = KeyPem };

    public static TestCertificate SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = RequestFor("CN=localhost", key).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return new TestCertificate(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), certificate.Thumbprint);
    }

    /// <summary>One that an intermediate certificate has issued, which is in the same file.</summary>
    public static TestCertificate Chained()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var root = Authority("CN=A root", rootKey).CreateSelfSigned(now.AddDays(-1), now.AddDays(3));
        using var bare = Authority("CN=An intermediate authority", issuerKey).Create(root, now.AddDays(-1), now.AddDays(2), RandomNumberGenerator.GetBytes(8));
        using var issuer = bare.CopyWithPrivateKey(issuerKey);
        using var certificate = RequestFor("CN=localhost", key).Create(issuer, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return new TestCertificate(
            certificate.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), certificate.Thumbprint, issuer.Thumbprint);
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = RequestFor(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }

    private static CertificateRequest RequestFor(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request;
    }
}
