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
        from kind in Gen.Elements(Enum.GetValues<EngineKind>())
        from hasKey in Bool
        select common with
        {
            Type = "http",
            Url = new Uri(url),
            ConnectTimeout = connect,
            Health = health,
            Continuation = continuation,
            Kind = kind,
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
        from expected in Gen.Choose(1, 1000)
        from most in Gen.Choose(0, 2000)
        from queued in Time
        select new ModelSettings
        {
            Queue = new QueueConfig { MaxRequests = most, MaxBytes = 1000L * most, Timeout = queued },
            ExpectedOutputTokens = expected,
            FirstTokenTimeout = firstToken,
            HedgeAfter = hedge,
            Rescue = rescue,
            Keepalive = keepalive,
            OnDisconnect = onDisconnect,
            DrainTimeout = drain,
        };

    private static readonly LimitsConfig Named = new() { Name = "it's: standard", RequestsPerMinute = 600, OnStoreFailure = OnStoreFailure.Deny };

    private static readonly Gen<LimitsConfig?> Limits = Gen.Elements<LimitsConfig?>(
        null, Named, new LimitsConfig { TokensPerMinute = LimitsConfig.MostPerMinute, Concurrency = 3 });

    private static readonly Gen<BudgetConfig?> Budget =
        from usd in Gen.Elements(0.000001m, 0.5m, 50m, 9_000_000m)
        from per in Gen.Elements(Enum.GetValues<BudgetPeriod>())
        from isThere in Bool
        select isThere ? new BudgetConfig(usd, per) : null;

    private static readonly Gen<KeyConfig> Key =
        from name in Text.Where(name => !name.Any(char.IsControl) && !name.Contains('#', StringComparison.Ordinal))
        from models in Text.ListOf().Resize(3)
        from expires in Gen.Elements<DateTimeOffset?>(null, new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 1, 2, 3, 4, 5, 678, TimeSpan.Zero))
        from limits in Limits
        from budget in Budget
        from priority in Gen.Elements(Enum.GetValues<CallerPriority>())
        from label in Text.Where(text => !text.Any(char.IsControl))
        select new KeyConfig
        {
            Name = name,
            Hash = KeyHash.Of("***"),
            Models = [.. models.Distinct()],
            Expires = expires,
            Limits = limits,
            Budget = budget,
            Priority = priority,
            Labels = new Dictionary<string, string> { ["team"] = label },
        };

    private static readonly JwtConfig Issuer = new()
    {
        Issuer = "https://login.example.com",
        Audiences = ["penstock", "it's: me"],
        Algorithms = [JwtAlgorithm.RS256, JwtAlgorithm.ES384],
        Claims = new JwtClaimsConfig { Name = "email", Models = "models", Limits = "plan", Labels = ["team"] },
    };

    private static readonly Gen<AuthConfig?> Auth = Gen.OneOf(
        Gen.Constant<AuthConfig?>(null),
        Gen.Constant<AuthConfig?>(new AuthConfig()),
        Key.Select<KeyConfig, AuthConfig?>(key => new AuthConfig { Keys = [key] }),
        Key.Select<KeyConfig, AuthConfig?>(key => new AuthConfig { Keys = [key], Jwt = [Issuer] }),
        Gen.Constant<AuthConfig?>(new AuthConfig { Jwt = [Issuer] }));

    private static readonly Gen<Dictionary<string, PriceConfig>> Prices =
        from model in Text
        from price in Gen.Elements(new PriceConfig(0.05m, 0.01m, 0.1m), new PriceConfig(0, 0, 0.000001m), new PriceConfig(3, 3, 1_000_000))
        select new Dictionary<string, PriceConfig> { [model] = price };

    private static readonly Gen<ModelConfig> Model =
        from policy in Gen.Elements(Enum.GetValues<PickerPolicy>())
        from aliases in Text.ListOf().Resize(4)
        from fallbacks in Gen.SubListOf("null", "it's:#2", "other")
        from settings in Settings
        from limits in Limits
        select new ModelConfig
        {
            Name = "a: model",
            Limits = limits,
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

    private static readonly Gen<ConnectionLimits> Connections =
        from connections in Gen.Elements(1, 1_000_000)
        from line in Gen.Elements(128, 1024 * 1024)
        from headers in Gen.Elements(8, 10_000)
        from time in Time
        from grace in Gen.Elements(1.5, 60, 86400).Select(TimeSpan.FromSeconds)
        from rate in Gen.Elements(0, int.MaxValue)
        from streams in Gen.Choose(1, 10_000)
        select new ConnectionLimits
        {
            Connections = connections,
            RequestLineBytes = line,
            HeaderBytes = line + 1024 > 1024 * 1024 ? line : line + 1024,
            Headers = headers,
            HeaderTimeout = time,
            KeepaliveTimeout = time,
            BodyRate = rate,
            BodyGrace = grace,
            ResponseRate = rate,
            ResponseGrace = grace,
            Http2Streams = streams,
        };

    private static readonly Gen<ServerConfig> Door =
        from limits in Gen.OneOf(Connections, Gen.Constant(new ConnectionLimits()))
        from ports in Gen.Elements<(int?, int?)>((null, null), (0, 0), (8443, 9000))
        from host in Gen.Elements(null, "127.0.0.1", "localhost")
        from tls in Gen.Elements(null, new TlsConfig { Certificate = "/etc/it's: #1.pem", Key = "/etc/key" })
        from origins in Gen.Elements<string[]?>(null, ["*"], ["https://a.example", "http://localhost:3000"])
        from keys in Gen.Elements<(string?, string?)>((null, null), ("***", null), (null, "***"))
        select new ServerConfig
        {
            Host = "::1",
            Port = 0,
            H2cPort = ports.Item1,
            AdminPort = ports.Item2,
            AdminHost = host,
            Tls = tls,
            ApiKey = keys.Item1,
            AdminKey = keys.Item2,
            Cors = origins is null ? null : new CorsConfig { Origins = origins },
            Validation = RequestValidation.Minimal,
            DrainTimeout = TimeSpan.FromSeconds(0.25),
            Limits = limits,
        };
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
        from auth in Auth
        from prices in Prices
        from server in Door
        from store in Store
        from days in Gen.Elements(0, 90, 36_500)
        select new GatewayConfig
        {
            Auth = auth,
            Limits = [Named],
            Prices = prices,
            Backends = [backends.First() with { Name = "null" }, backends.Last() with { Name = "it's:#2" }],
            Models = [model, new ModelConfig { Name = "other", Backends = ["null"], Settings = settings }],
            DefaultBackend = "it's:#2",
            Settings = settings,
            Retry = retry,
            ResponseFields = fields,
            Store = store,
            Usage = new UsageConfig { Days = days, Spool = store is null ? null : "/var/spool/it's" },
            Log = new LogConfig { Level = level, Format = LogFormat.Json },
            // Masks are equal, and an administrator may not have a caller's key.
            Server = auth is { Keys.Count: > 0 } ? server with { AdminKey = null } : server,
        };
}
