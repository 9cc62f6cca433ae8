namespace Penstock.Accounting.Ledger;

/// <summary>Reads a segment of the spool as far as it is whole.</summary>
internal static class SpoolReader
{
    /// <summary>The records of a segment, in batches.</summary>
    /// <param name="path">The file.</param>
    /// <param name="batch">How many records a batch has at most.</param>
    /// <param name="onTorn">Told how many bytes at the end are no records, where there are such.</param>
    public static IEnumerable<IReadOnlyList<UsageRecord>> Read(string path, int batch, Action<int>? onTorn = null)
    {
        // Segments are a few MiB.
        var bytes = File.ReadAllBytes(path);
        var (records, position) = (new List<UsageRecord>(), 0);
        while (SpoolCodec.Read(bytes.AsSpan(position), out var record) is > 0 and var length)
        {
            position += length;
            records.Add(record!);
            if (records.Count < batch) continue;
            yield return records;
            records = [];
        }

        if (records.Count > 0) yield return records;
        if (position < bytes.Length) onTorn?.Invoke(bytes.Length - position);
    }
}
