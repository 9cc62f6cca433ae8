namespace Penstock.Configuration;

/// <summary>Reads <c>server.tls</c>.</summary>
internal static class TlsReader
{
    public const string WithoutKey = "a certificate needs its key, a file in PEM";
    public const string WithoutCertificate = "a key needs its certificate, a file in PEM";

    public static TlsConfig? Read(YamlScope? scope)
    {
        if (scope is null) return null;
        var certificate = scope.String("certificate");
        var key = scope.String("key");
        if (string.IsNullOrEmpty(certificate)) scope.Fail("certificate", WithoutCertificate);
        if (string.IsNullOrEmpty(key)) scope.Fail("key", WithoutKey);
        scope.Close();
        return string.IsNullOrEmpty(certificate) || string.IsNullOrEmpty(key) ? null : new TlsConfig { Certificate = certificate, Key = key };
    }
}
