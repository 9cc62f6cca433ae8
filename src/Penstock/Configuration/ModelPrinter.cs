namespace Penstock.Configuration;

/// <summary>Prints an entry of <c>models</c>, and how calls are treated.</summary>
internal static class ModelPrinter
{
    /// <param name="yaml">Gets the text.</param>
    /// <param name="model">The entry.</param>
    /// <param name="root">What holds where it says nothing.</param>
    public static void Print(YamlWriter yaml, ModelConfig model, ModelSettings root)
    {
        yaml.Item("name", model.Name);
        yaml.List("backends", model.Backends);
        if (model.Policy is { } policy) yaml.Pair("policy", ConfigWords.Policies.For(policy));
        yaml.List("fallbacks", model.Fallbacks);
        yaml.List("aliases", model.Aliases);
        AuthPrinter.PrintUse(yaml, model.Limits);
        Print(yaml, model.Settings, root);
    }

    /// <summary>What differs from what holds anyway.</summary>
    public static void Print(YamlWriter yaml, ModelSettings settings, ModelSettings otherwise)
    {
        yaml.PairUnless(otherwise.FirstTokenTimeout, "first_token_timeout", settings.FirstTokenTimeout);
        yaml.PairUnless(otherwise.HedgeAfter, "hedge_after", settings.HedgeAfter);
        if (settings.HedgeAfter is null && otherwise.HedgeAfter is not null) yaml.Pair("hedge_after", "off");
        yaml.PairUnless(otherwise.Keepalive, "keepalive", settings.Keepalive);
        if (settings.Rescue != otherwise.Rescue) yaml.Pair("rescue", ConfigWords.Switch.For(settings.Rescue));
        if (settings.OnDisconnect != otherwise.OnDisconnect) yaml.Pair("on_disconnect", ConfigWords.OnDisconnects.For(settings.OnDisconnect));
        yaml.PairUnless(otherwise.DrainTimeout, "drain_timeout", settings.DrainTimeout);
        if (settings.Stickiness > TimeSpan.Zero) yaml.PairUnless(otherwise.Stickiness, "stickiness", settings.Stickiness);
        else if (otherwise.Stickiness > TimeSpan.Zero) yaml.Pair("stickiness", "off");
        yaml.PairUnless(otherwise.ExpectedOutputTokens, "expected_output_tokens", settings.ExpectedOutputTokens);
        if (settings.Queue != otherwise.Queue)
            yaml.Mapping("queue", ("max_requests", settings.Queue.MaxRequests), ("max_bytes", settings.Queue.MaxBytes), ("timeout", settings.Queue.Timeout));
    }
}
