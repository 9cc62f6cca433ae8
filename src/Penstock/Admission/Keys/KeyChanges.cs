namespace Penstock.Admission.Keys;

/// <summary>What is new among the store's keys.</summary>
/// <param name="Revision">The last change that is in it.</param>
/// <param name="IsAll">Whether these are all keys, and not those only that have changed.</param>
/// <param name="Keys">The keys.</param>
/// <param name="Unreadable">The ids of those that somebody else wrote, and that cannot be read: they are not among the keys.</param>
internal sealed record KeyChanges(long Revision, bool IsAll, IReadOnlyList<StoredKey> Keys, IReadOnlyList<string> Unreadable);
