using System.Security.Cryptography;
using Penstock.Configuration;

namespace Penstock.Admission.Keys;

/// <summary>A key that was made at run time, as the store has it: what it hashes to, and not the key.</summary>
internal sealed record StoredKey
{
    // As long as whoever still has one is told that it was good once.
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    private const int MostRetired = 32;

    /// <summary>Names it for good, like <c>key_0123456789abcdef</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The caller's, in limits, usage and logs; of keys that are not revoked no two have the same.</summary>
    public required string Name { get; init; }

    public required KeyHash Hash { get; init; }

    /// <summary>How the key begins: <c>pk-</c> and four characters.</summary>
    public required string Prefix { get; init; }

    public required KeyTerms Terms { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>When it was taken back; null: it was not.</summary>
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>What it was before it was rotated, the newest last.</summary>
    public IReadOnlyList<RetiredHash> Previous { get; init; } = [];

    /// <summary>Which change of the store's keys was the last one of this key.</summary>
    public long Revision { get; init; }

    public static StoredKey New(string name, KeyTerms terms, KeySecret secret, DateTimeOffset now) => new()
    {
        Id = $"key_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}",
        Name = name,
        Hash = secret.Hash,
        Prefix = secret.Prefix,
        Terms = terms,
        Created = now,
    };

    /// <summary>The same caller with another key; the one it had is good for a while.</summary>
    public StoredKey Rotate(KeySecret secret, TimeSpan grace, DateTimeOffset now) => this with
    {
        Hash = secret.Hash,
        Prefix = secret.Prefix,
        Previous = [.. Previous.Where(retired => retired.Until > now - Remembered).TakeLast(MostRetired - 1), new RetiredHash(Hash, now + grace)],
    };

    /// <summary>Until when a key that it had before is good; null: none is.</summary>
    public DateTimeOffset? PreviousUntil(DateTimeOffset now) =>
        Previous.Where(retired => retired.Until > now).Select(retired => (DateTimeOffset?)retired.Until).Max();

    /// <summary>The keys with which it calls, with the moments from which on they are not good any more.</summary>
    public IEnumerable<(KeyHash Hash, DateTimeOffset? Expires)> Hashes()
    {
        foreach (var retired in Previous) yield return (retired.Hash, Terms.Expires < retired.Until ? Terms.Expires : retired.Until);
        yield return (Hash, Terms.Expires);
    }
}
