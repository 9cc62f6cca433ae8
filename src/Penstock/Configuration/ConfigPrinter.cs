namespace Penstock.Configuration;

/// <summary>
/// Prints a configuration as it was understood, as YAML that could be read again but for its secrets. What is rarely
/// said is left out where it is the default.
/// </summary>
internal static class ConfigPrinter
{
    public static string Print(GatewayConfig config)
    {
        var yaml = new YamlWriter();
        ServerPrinter.Print(yaml, config.Server);
        yaml.Begin("log");
        yaml.Pair("level", ConfigWords.LogLevels.For(config.Log.Level));
        yaml.Pair("format", ConfigWords.LogFormats.For(config.Log.Format));
        yaml.End();
        yaml.Pair("response_fields", ConfigWords.ResponseFields.For(config.ResponseFields));
        if (config.Store is { } store) yaml.Pair("store", StoreReader.Print(store));
        yaml.PairUnless(UsageConfig.DefaultDays, "usage_days", config.Usage.Days);
        yaml.PairUnless(null, "usage_spool", config.Usage.Spool);
        Print(yaml, config.Retry);
        AuthPrinter.Print(yaml, config);
        ModelPrinter.Print(yaml, config.Settings, new ModelSettings());
        yaml.PairUnless(null, "default_backend", config.DefaultBackend);
        if (config.Models.Count > 0) yaml.Begin("models");
        foreach (var model in config.Models) ModelPrinter.Print(yaml, model, config.Settings);
        yaml.Begin("backends");
        foreach (var backend in config.Backends) BackendPrinter.Print(yaml, backend);
        return yaml.ToString();
    }

    private static void Print(YamlWriter yaml, RetryConfig retry) => yaml.Mapping(
        "retry", ("attempts", retry.Attempts), ("backoff", retry.Backoff), ("max_backoff", retry.MaxBackoff), ("budget", retry.Budget));
}
