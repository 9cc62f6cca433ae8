namespace Penstock.Configuration;

/// <summary>What inference server is behind an http backend (<c>kind</c>): what it can be asked about itself, and how it keeps its cache.</summary>
public enum EngineKind
{
    /// <summary>To be found out from what it answers.</summary>
    Auto,

    /// <summary>llama.cpp's server.</summary>
    LlamaCpp,

    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>SGLang.</summary>
    Sglang,

    /// <summary>Ollama.</summary>
    Ollama,

    /// <summary>A hosted API, or any other: it tells nothing of itself.</summary>
    OpenAi,
}
