using Penstock.Configuration;

namespace Penstock.Admission.Queue;

/// <summary>How a call is to wait, by its key and by what its caller says.</summary>
/// <param name="Priority">Its priority.</param>
/// <param name="Timeout">How long it waits at most; null: as long as the configuration says.</param>
internal readonly record struct QueueTerms(CallerPriority Priority, TimeSpan? Timeout);
