namespace Penstock.Configuration;

/// <summary><c>server.tls</c>: the gateway's certificate, as files in PEM.</summary>
internal sealed record TlsConfig
{
    /// <summary>The certificate, followed by the intermediate ones that callers need to trust it.</summary>
    public required string Certificate { get; init; }

    /// <summary>Its private key, not encrypted.</summary>
    public required string Key { get; init; }
}
