using Penstock.Backends;

namespace Penstock.Admission.Queue;

/// <summary>A call in a line, and the task that ends with its waiting.</summary>
/// <param name="line">The line.</param>
/// <param name="seeker">Who looks for a seat.</param>
internal sealed class Waiter(Line line, ISeatSeeker seeker)
{
    // Whoever frees a seat has other things to do than the call that gets it.
    private readonly TaskCompletionSource<LineEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the waiting does.</summary>
    public Task<LineEnd> End => _end.Task;

    /// <summary>Its place.</summary>
    public QueueEntry<Waiter>? Place { get; set; }

    /// <summary>Until when it may leave a free seat for a better one.</summary>
    public TimeSpan ChoosyUntil { get; init; }

    /// <summary>Whose seat it has got; null: none.</summary>
    public BackendState? Taken { get; private set; }

    /// <summary>Whether one of the seats that it could take is free.</summary>
    public bool SeesRoom => seeker.SeesRoom;

    /// <summary>Whether any seat of the pool is good for it.</summary>
    public bool TakesAny { get; } = seeker.TakesAny;

    /// <summary>Whether there is nothing any more that it could wait for.</summary>
    public bool IsStranded(TimeSpan now) => !seeker.CanWait(Place!.Deadline - now);

    /// <summary>Offers it what is free; whether it wants nothing more.</summary>
    /// <param name="mayWait">Whether it may leave what is free for something better.</param>
    public bool TryTake(bool mayWait)
    {
        try
        {
            Taken = seeker.TryTake(mayWait);
            return Taken is not null;
        }
        catch (Exception e)
        {
            // A bug of a policy is this call's misfortune, and must not hold up the line.
            _end.TrySetException(e);
            return true;
        }
    }

    /// <summary>It is to be sent away: before that it has what is free, be it what it has left for something better.</summary>
    public bool TakeAnything() => SeesRoom && TryTake(mayWait: false);

    public void Finish(LineEnd end) => _end.TrySetResult(end);

    /// <summary>It does not want to wait any more.</summary>
    public void Leave() => line.Leave(this);
}
