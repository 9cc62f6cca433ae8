using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>A stream of events, of which the first has come.</summary>
internal sealed class EventStreamAnswer(Attempt attempt, EventReader events, SseEvent? first) : Answer(attempt)
{
    public EventReader Events => events;

    /// <summary>The first event, scanned but not consumed; null where the stream ended without one.</summary>
    public SseEvent? First => first;

    public override async ValueTask DisposeAsync()
    {
        events.Dispose();
        await base.DisposeAsync();
    }
}
