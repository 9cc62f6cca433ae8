using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>One after the other. Members that cannot answer are left out of the round.</summary>
internal sealed class RoundRobinPicker : IBackendPicker
{
    // It wraps around after 2^32 requests, which then skips a few members once.
    private uint _next = uint.MaxValue;

    public Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full = default, PromptShape? prompt = null) => free[(int)(Interlocked.Increment(ref _next) % (uint)free.Length)];
}
