namespace Penstock.Configuration;

/// <summary>The <c>server</c> section: the gateway's own door.</summary>
internal sealed record ServerConfig
{
    public const long DefaultMaxBodyBytes = 32 * 1024 * 1024;

    /// <summary>An IP address, or <c>localhost</c>.</summary>
    public string Host { get; init; } = "0.0.0.0";

    public int Port { get; init; } = 8080;

    /// <summary>What every <c>/v1</c> call must carry as its Bearer token; null: the gateway is open.</summary>
    public string? ApiKey { get; init; }

    /// <summary>What every <c>/admin</c> call must carry as its Bearer token; null: there is no <c>/admin</c>.</summary>
    public string? AdminKey { get; init; }

    public long MaxBodyBytes { get; init; } = DefaultMaxBodyBytes;
    public RequestValidation Validation { get; init; }

    /// <summary>How long requests in flight may go on after a signal to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
