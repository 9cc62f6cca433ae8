namespace Penstock;

/// <summary>How an application that embeds the gateway configures it, besides the configuration file.</summary>
public sealed class PenstockOptions
{
    /// <summary>The configuration file; null: none, and without <see cref="BackendUrl"/> everything is echoed.</summary>
    public string? ConfigFile { get; set; }

    /// <summary>The base address of an OpenAI-compatible server, which becomes the backend <c>backend</c> and the default.</summary>
    public string? BackendUrl { get; set; }

    /// <summary>What every <c>/v1</c> call must carry as its Bearer token; null: what the file says, or the gateway is open.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Where the access log goes, a line a request; null: nowhere. Not disposed by the gateway.</summary>
    public Stream? AccessLog { get; set; }
}
