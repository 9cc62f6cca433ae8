using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>What the attempt loop came back with. Whoever gets it disposes it, which ends the attempt.</summary>
internal abstract class Answer(Attempt? attempt) : IAsyncDisposable
{
    /// <summary>The attempt that gave it; null where none got so far.</summary>
    public Attempt? Attempt => attempt;

    public virtual async ValueTask DisposeAsync()
    {
        if (attempt is not null) await attempt.DisposeAsync();
    }
}

/// <summary>There is no answer, but an error that the gateway makes itself.</summary>
internal sealed class FailedAnswer(Attempt attempt, ApiError error) : Answer(attempt)
{
    public ApiError Error => error;
}

/// <summary>The caller has left: nobody to answer.</summary>
internal sealed class AbandonedAnswer(Attempt attempt) : Answer(attempt);

/// <summary>A whole body in memory, checked, ready to be edited and sent.</summary>
internal sealed class WholeAnswer(Attempt attempt, PooledBuffer body, AnswerFacts? facts) : Answer(attempt)
{
    public new Attempt Attempt => base.Attempt!;

    public PooledBuffer Body => body;

    /// <summary>What is in it; null where it is passed on as it is (a 4xx).</summary>
    public AnswerFacts? Facts => facts;

    public override async ValueTask DisposeAsync()
    {
        body.Dispose();
        await base.DisposeAsync();
    }
}

/// <summary>A stream of events, of which the first has come.</summary>
internal sealed class EventStreamAnswer(Attempt attempt, EventReader events, SseEvent? first) : Answer(attempt)
{
    public new Attempt Attempt => base.Attempt!;

    public EventReader Events => events;

    /// <summary>The first event, scanned but not consumed; null where the stream ended without one.</summary>
    public SseEvent? First => first;

    public override async ValueTask DisposeAsync()
    {
        events.Dispose();
        await base.DisposeAsync();
    }
}

/// <summary>A body of a kind that the gateway does not look into, or one too long for that; passed on as it comes.</summary>
/// <param name="attempt">The attempt.</param>
/// <param name="head">What was read of it so far; nothing only where the body is empty.</param>
internal sealed class OpaqueAnswer(Attempt attempt, PooledBuffer head) : Answer(attempt)
{
    public new Attempt Attempt => base.Attempt!;

    public PooledBuffer Head => head;

    public override async ValueTask DisposeAsync()
    {
        head.Dispose();
        await base.DisposeAsync();
    }
}
