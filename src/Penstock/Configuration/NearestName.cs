namespace Penstock.Configuration;

/// <summary>Finds what somebody may have meant.</summary>
internal static class NearestName
{
    /// <summary>“; did you mean 'x'?”, or nothing where no candidate is near.</summary>
    public static string Hint(string written, IEnumerable<string> candidates)
    {
        string? best = null;
        // A third of the letters may be wrong, at least two: 'prot' is near 'port', 'x' is near nothing.
        var least = Math.Max(2, written.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            var distance = Distance(written.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance >= least || distance >= candidate.Length) continue;
            (best, least) = (candidate, distance);
        }

        return best is null ? "" : $"; did you mean '{best}'?";
    }

    // Levenshtein's distance with swaps of neighbours (optimal string alignment).
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }
}
