using System.Text;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Text as both stores take it. Some of it is the caller's: PostgreSQL takes no NUL, neither takes half a surrogate pair, and
/// nobody needs a name of a megabyte.
/// </summary>
internal static class UsageText
{
    private const int LongestName = 256;
    private const int LongestLabels = 4096;

    /// <summary>The record itself where nothing is wrong with it.</summary>
    public static UsageRecord Clean(UsageRecord record)
    {
        if (IsClean(record.RequestId) && IsClean(record.Caller) && IsClean(record.Labels, LongestLabels) && IsClean(record.Endpoint)
            && IsClean(record.ModelAsked) && IsClean(record.Model) && IsClean(record.Backend) && IsClean(record.Error ?? "")) return record;
        return record with
        {
            RequestId = Clean(record.RequestId),
            Caller = Clean(record.Caller),
            // Half of a JSON object is none.
            Labels = IsClean(record.Labels, LongestLabels) ? record.Labels : "",
            Endpoint = Clean(record.Endpoint),
            ModelAsked = Clean(record.ModelAsked),
            Model = Clean(record.Model),
            Backend = Clean(record.Backend),
            Error = record.Error is null ? null : Clean(record.Error),
        };
    }

    private static bool IsClean(string text, int longest = LongestName)
    {
        if (text.Length > longest) return false;
        foreach (var c in text)
        {
            if (c == '\0' || char.IsSurrogate(c)) return c != '\0' && AreRunes(text);
        }

        return true;
    }

    // Whole pairs are fine; a NUL is not.
    private static bool AreRunes(string text)
    {
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done || rune.Value == 0) return false;
            rest = rest[length..];
        }

        return true;
    }

    private static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, LongestName));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > LongestName) break;
            clean.Append(rune.Value == 0 ? Rune.ReplacementChar.ToString() : rune.ToString());
        }

        return clean.ToString();
    }
}
