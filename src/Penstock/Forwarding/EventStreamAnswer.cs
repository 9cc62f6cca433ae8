namespace Penstock.Forwarding;

/// <summary>A stream of events whose first content has come: all that was read of it is still to be taken.</summary>
internal sealed class EventStreamAnswer(Attempt attempt, EventReader events) : BackendAnswer(attempt)
{
    public EventReader Events => events;

    public override async ValueTask DisposeAsync()
    {
        events.Dispose();
        await base.DisposeAsync();
    }
}
