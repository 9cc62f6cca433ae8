namespace Penstock;

/// <summary>How an application that embeds the gateway configures it, besides the configuration file.</summary>
public sealed class PenstockOptions
{
    /// <summary>
    /// The configuration file, which is watched; relative to the application's content root. Null: none, and without
    /// <see cref="BackendUrl"/> everything is echoed. Its <c>server.host</c>, ports, <c>server.tls</c>
    /// and <c>server.limits</c> have no effect: where and how to listen is the application's choice.
    /// </summary>
    public string? ConfigFile { get; set; }

    /// <summary>The base address of an OpenAI-compatible server, which becomes the backend <c>backend</c> and the default.</summary>
    public string? BackendUrl { get; set; }

    /// <summary>What every <c>/v1</c> call must carry as its Bearer token; null: what the file says, or the gateway is open.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// Where the access log goes, a line a request, in the format that the file's <c>log.format</c> says; null: nowhere.
    /// Written by a thread of its own, and not disposed.
    /// </summary>
    public Stream? AccessLog { get; set; }
}
