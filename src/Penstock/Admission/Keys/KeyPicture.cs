namespace Penstock.Admission.Keys;

/// <summary>The store's keys as they were at one moment: immutable.</summary>
internal sealed class KeyPicture
{
    private readonly Dictionary<string, StoredKey> _keys;

    private KeyPicture(Dictionary<string, StoredKey> keys, long revision)
    {
        _keys = keys;
        Revision = revision;
    }

    /// <param name="keys">All of them.</param>
    /// <param name="revision">The last change that is in them.</param>
    public KeyPicture(IEnumerable<StoredKey> keys, long revision) : this(keys.ToDictionary(key => key.Id, StringComparer.Ordinal), revision)
    {
    }

    /// <summary>There is no store, and so there are no keys of it.</summary>
    public static KeyPicture None { get; } = new(Enumerable.Empty<StoredKey>(), KeyTable.Nothing);

    /// <summary>There is a store, and its keys could not be read yet.</summary>
    public static KeyPicture Unread { get; } = new(Enumerable.Empty<StoredKey>(), KeyTable.Nothing) { IsUnread = true };

    public IReadOnlyCollection<StoredKey> Keys => _keys.Values;

    public long Revision { get; }

    /// <summary>Whether there may be keys, and it is not known which: of a key that is not known nothing can be said.</summary>
    public bool IsUnread { get; private init; }

    /// <summary>What comes of it with changes.</summary>
    public KeyPicture With(KeyChanges changes)
    {
        var keys = changes.IsAll ? new Dictionary<string, StoredKey>(StringComparer.Ordinal) : new Dictionary<string, StoredKey>(_keys, StringComparer.Ordinal);
        foreach (var key in changes.Keys) keys[key.Id] = key;
        return new KeyPicture(keys, changes.Revision);
    }
}
