using Penstock.Configuration;

namespace Penstock.Admission.Queue;

/// <summary>One place in a <see cref="FairQueue{T}"/>.</summary>
/// <param name="item">Who stands there.</param>
/// <param name="caller">Whose call it is: places are shared out among callers.</param>
/// <param name="priority">Its priority.</param>
/// <param name="tokens">What it is expected to cost, in tokens.</param>
/// <param name="bytes">What it holds while it waits.</param>
/// <param name="deadline">Until when it waits.</param>
internal sealed class QueueEntry<T>(T item, string caller, CallerPriority priority, long tokens, long bytes, TimeSpan deadline)
{
    // As many as the longest prompts have that servers take.
    private const long MostTokens = 262_144;

    public T Item => item;
    public string Caller => caller;
    public CallerPriority Priority => priority;

    /// <summary>
    /// What it counts for. A quantum at least: a seat is taken by a call of few tokens, too, or of some that nobody can count. And
    /// no more than the longest calls need, whatever it says.
    /// </summary>
    public long Tokens { get; } = Counted(tokens);

    public long Bytes => bytes;
    public TimeSpan Deadline => deadline;

    /// <summary>When it came.</summary>
    public TimeSpan EnteredAt { get; set; }

    /// <summary>Whether it stands in line.</summary>
    public bool IsWaiting => Flow is not null;

    /// <summary>All that its caller has in line in that priority; null: it does not wait.</summary>
    internal CallerFlow<T>? Flow { get; set; }

    /// <summary>The caller's call before it.</summary>
    internal QueueEntry<T>? Previous { get; set; }

    /// <summary>The caller's call after it.</summary>
    internal QueueEntry<T>? Next { get; set; }

    /// <summary>Where it is in the heap of deadlines.</summary>
    internal int HeapIndex { get; set; } = -1;

    /// <summary>What a call counts for that is expected to cost so much.</summary>
    public static long Counted(long tokens) => Math.Clamp(tokens, CallerFlow<T>.Quantum, MostTokens);
}
