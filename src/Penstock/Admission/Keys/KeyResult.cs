namespace Penstock.Admission.Keys;

/// <summary>What came of a change of a key, and the key as it is now; null where there is none.</summary>
internal readonly record struct KeyResult(KeyOutcome Outcome, StoredKey? Key);
