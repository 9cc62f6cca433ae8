using Penstock.Backends;

namespace Penstock.Admission.Queue;

/// <summary>Somebody who needs a seat and knows which ones are good for it. It is asked by one thread at a time.</summary>
internal interface ISeatSeeker
{
    /// <summary>The backends whose seats may be good for it.</summary>
    IEnumerable<BackendState> Backends { get; }

    /// <summary>Whether one of the seats that it could take is free, wanted or not. This costs next to nothing.</summary>
    bool SeesRoom { get; }

    /// <summary>Whether any seat of the pool in whose line it stands is good for it. That does not change while it waits.</summary>
    bool TakesAny { get; }

    /// <summary>Whether there is still something to wait for in this line. It costs no more than to look for room.</summary>
    /// <param name="left">The time that it has.</param>
    bool CanWait(TimeSpan left);

    /// <summary>Takes a seat, where one is free that is good for it.</summary>
    /// <param name="mayWait">Whether it may leave what is free for something better.</param>
    /// <returns>Whose seat it has; null: it has none.</returns>
    BackendState? TryTake(bool mayWait);
}
