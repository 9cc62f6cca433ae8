using Penstock.Admission.Keys;
using Penstock.Configuration;

namespace Penstock.Tests.Admission.Keys;

/// <summary>Keys of the store as tests need them: whoever is called x has the key <c>key-of-x</c>.</summary>
internal static class TestKeys
{
    public static DateTimeOffset Start { get; } = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    public static StoredKey Of(string name, KeyTerms? terms = null) => new()
    {
        Id = $"key_of_{name}",
        Name = name,
        Hash = KeyHash.Of($"key-of-{name}"),
        Prefix = "pk-abcd",
        Terms = terms ?? new KeyTerms(),
        Created = Start,
    };
}
