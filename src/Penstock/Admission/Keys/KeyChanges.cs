namespace Penstock.Admission.Keys;

/// <summary>What is new among the store's keys.</summary>
/// <param name="Revision">The last change that is in it.</param>
/// <param name="IsAll">Whether these are all keys, and not those only that have changed.</param>
/// <param name="Keys">The keys.</param>
internal sealed record KeyChanges(long Revision, bool IsAll, IReadOnlyList<StoredKey> Keys);
