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

    /// <summary>Offers it a free seat.</summary>
    public bool TryTake()
    {
        try
        {
            return seeker.TryTake();
        }
        catch (Exception e)
        {
            // A bug of a policy is this call's misfortune, and must not hold up the line.
            _end.TrySetException(e);
            return true;
        }
    }

    public void Finish(LineEnd end) => _end.TrySetResult(end);

    /// <summary>It does not want to wait any more.</summary>
    public void Leave() => line.Leave(this);
}
