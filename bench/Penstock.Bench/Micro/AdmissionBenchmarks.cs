using BenchmarkDotNet.Attributes;
using Penstock.Accounting;
using Penstock.Admission;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Protocol;

namespace Penstock.Bench.Micro;

/// <summary>
/// What callers, limits and prices cost a request: finding its caller among 1,000, reserving with the caller, the model and
/// all together, and settling.
/// </summary>
[MemoryDiagnoser]
public class AdmissionBenchmarks
{
    private const string Key = "pk-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg";

    // So high that they are never reached, or the way out would be measured.
    private static readonly LimitsConfig Limits = new()
    {
        RequestsPerMinute = LimitsConfig.MostPerMinute,
        TokensPerMinute = LimitsConfig.MostPerMinute,
        Concurrency = 1_000_000,
    };

    private readonly Authenticator _authenticator;
    private readonly Caller _caller;
    private readonly Meter _model;
    private readonly Meter _global;
    private readonly PriceTable _prices = new(new Dictionary<string, PriceConfig> { ["llama-3-8b"] = new(0.05m, 0.01m, 0.10m) }, []);

    public AdmissionBenchmarks()
    {
        var meters = new Meters(isShared: false, TimeProvider.System);
        var keys = Enumerable.Range(0, 1000).Select(i => new KeyConfig
        {
            Name = $"team-{i}",
            Hash = KeyHash.Of(i == 500 ? Key : $"pk-{i}"),
            Limits = Limits,
            Budget = new BudgetConfig(BudgetConfig.Most, BudgetPeriod.Month),
        });
        var config = new GatewayConfig { Backends = [], Auth = new AuthConfig { Keys = [.. keys] } };
        _authenticator = new Authenticator(config, new CallerFactory(meters, config), null, TimeProvider.System);
        _authenticator.TryAuthenticate(Key, out var caller, out _);
        _caller = caller!;
        _model = meters.For(MeterScope.Model, "llama-3-8b", Limits)!;
        _global = meters.For(MeterScope.Global, "", Limits)!;
    }

    [Benchmark]
    public bool Authenticate() => _authenticator.TryAuthenticate(Key, out _, out _);

    [Benchmark]
    public bool ReserveAndSettle()
    {
        var price = _prices.PriceOf("llama-3-8b", "llama-3-8b");
        var isReserved = Limiter.TryReserve(
            _caller.Meter, _model, _global, new CallCost(600, price.CostOf(new TokenUsage(100, 500))), out var reservation, out _);
        Limiter.Settle(reservation, new CallCost(98, price.CostOf(new TokenUsage(71, 27))));
        return isReserved;
    }

    [Benchmark]
    public bool All() => Authenticate() & ReserveAndSettle();
}
