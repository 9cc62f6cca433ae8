using Penstock.Backends;

namespace Penstock.Admission.Queue;

/// <summary>Somebody who needs a seat and knows which ones are good for it. It is asked by one thread at a time.</summary>
internal interface ISeatSeeker
{
    /// <summary>The backends whose seats may be good for it.</summary>
    IEnumerable<BackendState> Backends { get; }

    /// <summary>Whether one of them has a free seat, wanted or not.</summary>
    bool SeesRoom { get; }

    /// <summary>Takes a seat, where one is free that is good for it.</summary>
    bool TryTake();
}
