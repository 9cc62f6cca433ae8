using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>The first that can answer, in the order of the file.</summary>
internal sealed class PriorityPicker : IBackendPicker
{
    public Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full = default, PromptShape? prompt = null) => free[0];
}
