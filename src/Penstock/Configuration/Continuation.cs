namespace Penstock.Configuration;

/// <summary>How a backend continues an answer whose beginning it is given.</summary>
public enum Continuation
{
    /// <summary>It does not, or is not known to.</summary>
    None,

    /// <summary>By itself, where the last message is the assistant's (llama.cpp).</summary>
    Prefill,

    /// <summary>Where <c>continue_final_message</c> asks for it (vLLM, SGLang).</summary>
    Vllm,
}
