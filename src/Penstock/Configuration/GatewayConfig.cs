namespace Penstock.Configuration;

/// <summary>What the operator wrote, from all sources, validated: immutable, and comparable as a whole.</summary>
internal sealed record GatewayConfig
{
    public ServerConfig Server { get; init; } = new();
    public LogConfig Log { get; init; } = new();
    public required IReadOnlyList<BackendConfig> Backends { get; init; }

    /// <summary>The models that are written out; backends' own lists of models make others.</summary>
    public IReadOnlyList<ModelConfig> Models { get; init; } = [];

    public RetryConfig Retry { get; init; } = new();

    /// <summary>Who may call; null: it is not said, and without a key of <see cref="ServerConfig.ApiKey"/> everyone may.</summary>
    public AuthConfig? Auth { get; init; }

    /// <summary>Whether everyone may call.</summary>
    public bool IsOpen => Auth is null && Server.ApiKey is null;

    /// <summary>The limits that have a name, in the order of the file.</summary>
    public IReadOnlyList<LimitsConfig> Limits { get; init; } = [];

    /// <summary>The limits of a name; null: there are none.</summary>
    public LimitsConfig? FindLimits(string name) => Limits.FirstOrDefault(limits => limits.Name == name);

    /// <summary>What tokens cost, by the model's name or pattern.</summary>
    public IReadOnlyDictionary<string, PriceConfig> Prices { get; init; } = new Dictionary<string, PriceConfig>();

    /// <summary>How calls to models are treated that are not in <see cref="Models"/>.</summary>
    public ModelSettings Settings { get; init; } = new();

    /// <summary>The backend for a missing or unknown model; null: an unknown model is an error.</summary>
    public string? DefaultBackend { get; init; }

    public ResponseFields ResponseFields { get; init; }

    /// <summary>Where keys and usage last; null: nowhere.</summary>
    public StoreConfig? Store { get; init; }

    /// <summary>How the usage of calls is kept.</summary>
    public UsageConfig Usage { get; init; } = new();

    /// <summary>The file that was read; null where there was none.</summary>
    public string? File { get; init; }

    /// <summary>Neither a file nor a backend's address was given: everything is echoed.</summary>
    public bool IsEchoMode { get; init; }
}
