using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>A body of a kind that the gateway does not look into, or one too long for that; passed on as it comes.</summary>
/// <param name="attempt">The attempt.</param>
/// <param name="head">What was read of it so far; nothing only where the body is empty.</param>
internal sealed class OpaqueAnswer(Attempt attempt, PooledBuffer head) : BackendAnswer(attempt)
{
    public PooledBuffer Head => head;

    public override async ValueTask DisposeAsync()
    {
        head.Dispose();
        await base.DisposeAsync();
    }
}
