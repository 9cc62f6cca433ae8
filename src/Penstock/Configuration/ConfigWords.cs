using Microsoft.Extensions.Logging;
using Penstock.Telemetry;

namespace Penstock.Configuration;

/// <summary>The words of the configuration.</summary>
internal static class ConfigWords
{
    public static readonly Words<LogLevel> LogLevels = new(
        ["trace", "debug", "info", "warning", "error", "none"],
        [LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.None],
        StringComparison.OrdinalIgnoreCase);

    public static readonly Words<LogFormat> LogFormats = new(["text", "json"], [LogFormat.Text, LogFormat.Json], StringComparison.OrdinalIgnoreCase);

    public static readonly Words<ResponseFields> ResponseFields = new(
        ["gateway", "upstream"], [Configuration.ResponseFields.Gateway, Configuration.ResponseFields.Upstream]);

    public static readonly Words<RequestValidation> Validations = new(["strict", "minimal"], [RequestValidation.Strict, RequestValidation.Minimal]);

    public static readonly Words<Continuation> Continuations = new(
        ["none", "prefill", "vllm"], [Continuation.None, Continuation.Prefill, Continuation.Vllm]);

    public static readonly Words<Discovery> Discoveries = new(["none", "dns"], [Discovery.None, Discovery.Dns]);

    public static readonly Words<EngineKind> EngineKinds = new(
        ["auto", "llamacpp", "vllm", "sglang", "ollama", "openai"],
        [EngineKind.Auto, EngineKind.LlamaCpp, EngineKind.Vllm, EngineKind.Sglang, EngineKind.Ollama, EngineKind.OpenAi]);

    public static readonly Words<PickerPolicy> Policies = new(
        ["least_loaded", "round_robin", "weighted", "random", "priority", "prefix_aware"],
        [PickerPolicy.LeastLoaded, PickerPolicy.RoundRobin, PickerPolicy.Weighted, PickerPolicy.Random, PickerPolicy.Priority, PickerPolicy.PrefixAware]);

    public static readonly Words<OnDisconnect> OnDisconnects = new(["cancel", "drain"], [OnDisconnect.Cancel, OnDisconnect.Drain]);

    public static readonly Words<CallerPriority> Priorities = new(
        ["high", "normal", "batch"], [CallerPriority.High, CallerPriority.Normal, CallerPriority.Batch]);

    public static readonly Words<BudgetPeriod> BudgetPeriods = new(
        ["hour", "day", "week", "month"], [BudgetPeriod.Hour, BudgetPeriod.Day, BudgetPeriod.Week, BudgetPeriod.Month]);

    public static readonly Words<OnStoreFailure> OnStoreFailures = new(["local", "deny"], [OnStoreFailure.Local, OnStoreFailure.Deny]);

    /// <summary>For what can be turned off. YAML itself reads neither <c>on</c> nor <c>off</c> as a boolean any more.</summary>
    public static readonly Words<bool> Switch = new(["on", "off", "true", "false"], [true, false, true, false], StringComparison.OrdinalIgnoreCase);
}
