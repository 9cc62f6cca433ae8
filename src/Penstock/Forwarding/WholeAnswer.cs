using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>A whole body in memory, checked, ready to be edited and sent.</summary>
internal sealed class WholeAnswer(Attempt attempt, PooledBuffer body, AnswerFacts? facts) : BackendAnswer(attempt)
{
    public PooledBuffer Body => body;

    /// <summary>What is in it; null where it is passed on as it is (a 4xx).</summary>
    public AnswerFacts? Facts => facts;

    public override async ValueTask DisposeAsync()
    {
        body.Dispose();
        await base.DisposeAsync();
    }
}
