using Penstock.Configuration;

namespace Penstock.Backends.Http.Engines;

/// <summary>The kinds of server that tell something of themselves.</summary>
internal static class EngineSources
{
    public static IEngineSource For(EngineKind kind) => kind switch
    {
        EngineKind.LlamaCpp => new LlamaCppSource(),
        EngineKind.Vllm or EngineKind.Sglang => new MetricsSource(kind),
        EngineKind.Ollama => new OllamaSource(),
        _ => new UnknownSource(),
    };
}
