namespace Penstock.Server.Mock.Engines;

/// <summary>The inference server that the mock behaves as.</summary>
internal enum MockEngine
{
    Vllm,
    LlamaCpp,
}
