using Penstock.Accounting;
using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>A request that has been let in and routed: what the attempts at it have in common.</summary>
internal sealed class ForwardedCall
{
    private int _attempts;

    public required CallRecord Record { get; init; }
    public required ModelRoute Route { get; init; }

    /// <summary>Who may answer: the route's pools or, once it has stood in line, what became of them meanwhile. A rescue goes on with those.</summary>
    public Pool[] Pools
    {
        get => field ?? Route.Pools;
        set;
    }

    public required RetryConfig Retry { get; init; }

    /// <summary>The path with its query, as backends are to see it.</summary>
    public required string Path { get; init; }

    public required ForwardedBody Body { get; init; }

    /// <summary>What is asked and answered, where the policy of a pool that may be asked looks at it.</summary>
    public Conversation? Conversation { get; init; }

    /// <summary>What a pool's policy may know of the prompt; null: nothing.</summary>
    public PromptShape? PromptFor(Pool pool) => Conversation?.PromptFor(pool);

    /// <summary>How it waits for a seat.</summary>
    public QueueTerms Queue { get; init; }

    /// <summary>The line in which it got its seat; null: it needed none.</summary>
    public Line? WaitedIn { get; set; }

    public required AnswerShape Shape { get; init; }

    /// <summary>Whether <c>id</c> and <c>backend</c> in the answer are the gateway's.</summary>
    public required bool OwnsFields { get; init; }

    /// <summary>Whether the limits in the answer's head are the gateway's, so that the backend's stay behind.</summary>
    public bool HidesLimits { get; init; }

    /// <summary>The caller's end-to-end headers.</summary>
    public required List<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The caller's <c>Authorization</c>, where the gateway has no key of its own to check.</summary>
    public string? Authorization { get; init; }

    /// <summary>Fires when the caller has left.</summary>
    public required CancellationToken CallerGone { get; init; }

    /// <summary>Fires when nothing more is to be done for the caller: when it leaves, or some time after that.</summary>
    public required CancellationToken GivenUp { get; init; }

    /// <summary>Fires when the gateway stops and can wait no longer.</summary>
    public required CancellationToken ShutDown { get; init; }

    public ModelSettings Settings => Route.Settings;

    /// <summary>A backend is being asked, or answers.</summary>
    public void NoteSent(Backend backend, Pool pool, long sentAt) =>
        Record.NoteSent(backend.Name, pool.Name == Route.Pool.Name ? Route.Target : pool.Model ?? backend.Name, sentAt);

    /// <summary>Whether its answer is a stream of chunks or events that the gateway reads.</summary>
    public bool IsEventStream => Body.IsStream && Shape is not (AnswerShape.Any or AnswerShape.Json);

    /// <summary>How many attempts were made so far.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>The number of an attempt that is made now, from 1.</summary>
    public int CountAttempt() => Interlocked.Increment(ref _attempts);

    /// <summary>Whether a backend may go on with it for a while when the caller has left.</summary>
    public bool OutlivesCaller => Settings.OnDisconnect == OnDisconnect.Drain && !GivenUp.IsCancellationRequested;

    /// <summary>Waits; false where the caller has left or the gateway stops in the meantime.</summary>
    public async ValueTask<bool> IsStillWantedAfterAsync(TimeSpan wait, TimeProvider time)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(CallerGone, ShutDown);
        try
        {
            await Task.Delay(wait, time, end.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
