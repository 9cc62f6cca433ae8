using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>Any, by chance, weights aside.</summary>
internal sealed class RandomPicker : IBackendPicker
{
    public Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full = default, PromptShape? prompt = null) => free[Random.Shared.Next(free.Length)];
}
