using Penstock.Storage;

namespace Penstock.Admission.Keys;

/// <summary>What is known of the store's keys, from the store or from the last known copy.</summary>
internal sealed class KnownKeys(Store store)
{
    private volatile KeyPicture _current = store.IsConfigured ? KeyPicture.Unread : KeyPicture.None;

    public KeyPicture Current
    {
        get => _current;
        set => _current = value;
    }
}
