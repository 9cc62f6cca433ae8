using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging;
using Penstock.Configuration;
using Penstock.Telemetry;

namespace Penstock.Tests.Configuration;

/// <summary>Configurations as they can come out of a file, with names that are hard to write down.</summary>
internal static class ConfigGen
{
    private static readonly Gen<string> Text = Gen.Elements(
        "llama-3-8b", "qwen-*", "null", "true", "~", "12", "a b", "it's", "\"q\"", "a: b", "# x", "[x]", "{x}", "é", "meta/llama:8b@q4", "*", "&x", "!t",
        "${X}", "$${X}", "$", "a\nb", "tab\tx", " lead", "trail ", "-", "- x", "%", "@x", "a'#b", "\u0001", "off");

    private static readonly Gen<TimeSpan> Time = Gen.Elements(0.001, 0.5, 2, 3, 5, 10, 15, 30, 60, 86400).Select(TimeSpan.FromSeconds);

    private static readonly Gen<bool> Bool = Gen.Elements(true, false);

    private static readonly Gen<HealthConfig> Probed =
        from path in Gen.Elements(null, "/", "/health", "/it's?a=b")
        from interval in Time
        from timeout in Time
        from healthy in Gen.Choose(1, 3)
        from unhealthy in Gen.Choose(1, 3)
        select new HealthConfig
        {
            IsProbed = true,
            Path = path,
            Interval = interval,
            Timeout = timeout,
            HealthyAfter = healthy,
            UnhealthyAfter = unhealthy,
        };

    private static readonly Gen<HealthConfig> Health =
        Gen.OneOf(Probed, Gen.Constant(new HealthConfig()), Gen.Constant(new HealthConfig { IsProbed = true }));

    private static readonly Gen<BreakerConfig> Breaker =
        from failures in Gen.Elements(1, 5, 1000)
        from window in Time
        from open in Time
        select new BreakerConfig { Failures = failures, Window = window, Open = open };

    private static readonly Gen<BackendConfig> Common =
        from model in Gen.OneOf(Text, Gen.Constant<string>(null!))
        from models in Text.ListOf().Resize(4)
        from timeout in Time
        from firstToken in Time
        from idle in Time
        from weight in Gen.Elements(1, 2, 1000)
        from seats in Gen.Elements<int?>(null, 1, 1_000_000)
        from breaker in Gen.OneOf(Breaker, Gen.Constant(new BreakerConfig()))
        from inject in Bool
        select new BackendConfig
        {
            Name = "",
            Type = "echo",
            Model = model,
            Models = [.. models.Distinct()],
            Timeout = timeout,
            FirstTokenTimeout = firstToken,
            IdleTimeout = idle,
            Weight = weight,
            MaxConcurrency = seats,
            Breaker = breaker,
            InjectUsage = inject,
            Headers = new Dictionary<string, string> { ["X-A"] = "***" },
        };

    private static readonly Gen<BackendConfig> Http =
        from common in Common
        from url in Gen.Elements("http://localhost:8081/base", "https://localhost/base")
        from connect in Time
        from health in Health
        from continuation in Gen.Elements(Enum.GetValues<Continuation>())
        from discovery in Gen.Elements(Enum.GetValues<Discovery>())
        from hasKey in Bool
        select common with
        {
            Type = "http",
            Url = new Uri(url),
            ConnectTimeout = connect,
            Health = health,
            Continuation = continuation,
            Discovery = discovery,
            ApiKey = hasKey ? "***" : null,
        };

    private static readonly Gen<ModelSettings> Settings =
        from firstToken in Time
        from hedge in Gen.OneOf(Time.Select(time => (TimeSpan?)time), Gen.Constant<TimeSpan?>(null))
        from rescue in Bool
        from keepalive in Time
        from onDisconnect in Gen.Elements(Enum.GetValues<OnDisconnect>())
        from drain in Time
        select new ModelSettings
        {
            FirstTokenTimeout = firstToken,
            HedgeAfter = hedge,
            Rescue = rescue,
            Keepalive = keepalive,
            OnDisconnect = onDisconnect,
            DrainTimeout = drain,
        };

    private static readonly Gen<ModelConfig> Model =
        from policy in Gen.Elements(Enum.GetValues<PickerPolicy>())
        from aliases in Text.ListOf().Resize(4)
        from fallbacks in Gen.SubListOf("null", "it's:#2", "other")
        from settings in Settings
        select new ModelConfig
        {
            Name = "a: model",
            Backends = ["null", "it's:#2"],
            Policy = policy,
            Aliases = [.. aliases.Distinct()],
            Fallbacks = [.. fallbacks],
            Settings = settings,
        };

    private static readonly Gen<RetryConfig> Retry =
        from attempts in Gen.Choose(1, 10)
        from backoff in Time
        from maxBackoff in Time
        from budget in Gen.Elements(0, 0.05, 0.2, 1)
        select new RetryConfig { Attempts = attempts, Backoff = backoff, MaxBackoff = maxBackoff, Budget = budget };

    private static readonly Gen<StoreConfig?> Store = Gen.Elements(
        null,
        new StoreConfig { Kind = StoreKind.Sqlite, Path = "/var/lib/it's a: #\\store.db" },
        new StoreConfig { Kind = StoreKind.Postgres, Postgres = new PostgresAddress { Host = "db", Database = "penstock" } },
        new StoreConfig
        {
            Kind = StoreKind.Postgres,
            Postgres = new PostgresAddress
            {
                Host = "::1",
                Port = 5433,
                Database = "a/b ?",
                User = "u@:é",
                Password = "***",
                SslMode = "verify-full",
                RootCertificate = "/etc/a&b=c.pem",
            },
        },
        new StoreConfig { Kind = StoreKind.Postgres, Postgres = new PostgresAddress { Host = "/run/postgresql", Database = "penstock" } });

    public static readonly Gen<GatewayConfig> Configs =
        from backends in Gen.OneOf(Common, Http).ListOf(2)
        from level in Gen.Elements(LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.None)
        from fields in Gen.Elements(ResponseFields.Gateway, ResponseFields.Upstream)
        from settings in Gen.OneOf(Settings, Gen.Constant(new ModelSettings()))
        from retry in Gen.OneOf(Retry, Gen.Constant(new RetryConfig()))
        from model in Model
        from store in Store
        from days in Gen.Elements(0, 90, 36_500)
        from keys in Gen.Elements<(string?, string?)>((null, null), ("***", "***"))
        select new GatewayConfig
        {
            Backends = [backends.First() with { Name = "null" }, backends.Last() with { Name = "it's:#2" }],
            Models = [model, new ModelConfig { Name = "other", Backends = ["null"], Settings = settings }],
            DefaultBackend = "it's:#2",
            Settings = settings,
            Retry = retry,
            ResponseFields = fields,
            Store = store,
            Usage = new UsageConfig { Days = days, Spool = store is null ? null : "/var/spool/it's" },
            Log = new LogConfig { Level = level, Format = LogFormat.Json },
            Server = new ServerConfig
            {
                Host = "::1",
                Port = 0,
                ApiKey = keys.Item1,
                AdminKey = keys.Item2,
                Validation = RequestValidation.Minimal,
                DrainTimeout = TimeSpan.FromSeconds(0.25),
            },
        };
}
