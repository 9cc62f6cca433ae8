namespace Penstock.Admission.Queue;

/// <summary>
/// Work that many ask for and one thread does at a time. Who asks first does a round of it; who asks meanwhile leaves a mark,
/// and for that there is another round, on the thread pool: nobody works for others longer than one round.
/// </summary>
/// <param name="work">A round: told whether several have asked, it says whether it has come to its end.</param>
/// <param name="report">Gets what it throws. That ends the round, and no other.</param>
internal sealed class Rounds(Func<bool, bool> work, Action<Exception> report) : IThreadPoolWorkItem
{
    private int _asked;

    /// <summary>What was done before this is seen by a round that begins after it.</summary>
    /// <param name="isMany">Whether that counts for several who ask.</param>
    public void Ask(bool isMany = false)
    {
        var marks = isMany ? 2 : 1;
        if (Interlocked.Add(ref _asked, marks) == marks) Execute();
    }

    /// <summary>A round, for the thread pool.</summary>
    public void Execute()
    {
        var seen = Volatile.Read(ref _asked);
        var isDone = true;
        try
        {
            isDone = work(seen > 1);
        }
        catch (Exception e)
        {
            report(e);
        }
        finally
        {
            // The marks of a round that has not come to its end stay for the next one.
            if (Interlocked.Add(ref _asked, isDone ? -seen : 0) > 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
