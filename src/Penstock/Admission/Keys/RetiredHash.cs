using Penstock.Configuration;

namespace Penstock.Admission.Keys;

/// <summary>What a key was before it was rotated.</summary>
/// <param name="Hash">What it hashed to.</param>
/// <param name="Until">From when on it is not good any more.</param>
internal readonly record struct RetiredHash(KeyHash Hash, DateTimeOffset Until);
