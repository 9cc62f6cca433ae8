namespace Penstock.Configuration;

/// <summary>The <c>server</c> section: the gateway's own door.</summary>
internal sealed record ServerConfig
{
    public const long DefaultMaxBodyBytes = 32 * 1024 * 1024;

    /// <summary>An IP address, or <c>localhost</c>.</summary>
    public string Host { get; init; } = "0.0.0.0";

    public int Port { get; init; } = 8080;

    /// <summary>A port that speaks HTTP/2 without TLS, to those who know; null: none.</summary>
    public int? H2cPort { get; init; }

    /// <summary>Where <c>/admin</c> is, and nothing for callers; null: on <see cref="Port"/>.</summary>
    public int? AdminPort { get; init; }

    /// <summary>The address of <see cref="AdminPort"/>; null: <see cref="Host"/>.</summary>
    public string? AdminHost { get; init; }

    /// <summary>The certificate of all ports but <see cref="H2cPort"/>; null: no TLS.</summary>
    public TlsConfig? Tls { get; init; }

    /// <summary>What every <c>/v1</c> call must carry as its Bearer token; null: the gateway is open.</summary>
    public string? ApiKey { get; init; }

    /// <summary>What every <c>/admin</c> call must carry as its Bearer token; null: there is no <c>/admin</c>.</summary>
    public string? AdminKey { get; init; }

    /// <summary>Which web pages may call; null: none.</summary>
    public CorsConfig? Cors { get; init; }

    public long MaxBodyBytes { get; init; } = DefaultMaxBodyBytes;
    public RequestValidation Validation { get; init; }

    /// <summary>How long requests in flight may go on after a signal to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public ConnectionLimits Limits { get; init; } = new();
}
