namespace Penstock.Configuration;

/// <summary>Prints an entry of <c>backends</c>.</summary>
internal static class BackendPrinter
{
    private static readonly BackendConfig Usual = new() { Name = "", Type = "" };

    public static void Print(YamlWriter yaml, BackendConfig backend)
    {
        yaml.Item("name", backend.Name);
        yaml.Pair("type", backend.Type);
        yaml.PairUnless(null, "url", backend.Url?.AbsoluteUri);
        if (backend.Kind != Usual.Kind) yaml.Pair("kind", ConfigWords.EngineKinds.For(backend.Kind));
        yaml.PairUnless(Usual.Weight, "weight", backend.Weight);
        yaml.PairUnless(null, "max_concurrency", backend.MaxConcurrency);
        yaml.PairUnless(Usual.ConnectTimeout, "connect_timeout", backend.ConnectTimeout);
        yaml.Pair("timeout", backend.Timeout);
        yaml.PairUnless(backend.Timeout, "first_token_timeout", backend.FirstTokenTimeout);
        yaml.PairUnless(Usual.IdleTimeout, "idle_timeout", backend.IdleTimeout);
        if (backend.Url is not null) Print(yaml, backend.Health);
        if (backend.Breaker is var breaker && breaker != Usual.Breaker)
            yaml.Mapping("breaker", ("failures", breaker.Failures), ("window", breaker.Window), ("open", breaker.Open));
        if (backend.Continuation != Usual.Continuation) yaml.Pair("continuation", ConfigWords.Continuations.For(backend.Continuation));
        if (backend.Discovery != Usual.Discovery) yaml.Pair("discovery", ConfigWords.Discoveries.For(backend.Discovery));
        yaml.Secret("api_key", backend.ApiKey);
        yaml.PairUnless(null, "model", backend.Model);
        yaml.List("models", backend.Models);
        yaml.Pair("inject_usage", backend.InjectUsage);
        // Headers and options may carry credentials under any name, so none of their values is shown.
        yaml.Secrets("headers", backend.Headers);
        yaml.Secrets("options", backend.Options);
    }

    // Said for every server: what holds where nothing is said depends on its address.
    private static void Print(YamlWriter yaml, HealthConfig health)
    {
        if (health == Usual.Health with { IsProbed = health.IsProbed })
        {
            yaml.Pair("health", ConfigWords.Switch.For(health.IsProbed));
            return;
        }

        yaml.Mapping(
            "health",
            ("path", health.Path),
            ("interval", health.Interval),
            ("timeout", health.Timeout),
            ("healthy_after", health.HealthyAfter),
            ("unhealthy_after", health.UnhealthyAfter));
    }
}
