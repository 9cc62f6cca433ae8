namespace Penstock.Accounting.Ledger;

/// <summary>
/// A folder of the spool that belongs to one process, for as long as that holds its lock; the system lets go of it however
/// the process ends. Lock files stay: one that is deleted could be locked twice.
/// </summary>
internal sealed class SpoolLane : IDisposable
{
    private const int Most = 1_000;
    private const string Ending = ".usage";

    private readonly FileStream _lock;

    private SpoolLane(string folder, FileStream held)
    {
        Folder = folder;
        _lock = held;
    }

    public string Folder { get; }

    /// <summary>Takes the first lane that nobody has.</summary>
    /// <exception cref="IOException">The folder cannot be made or written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static SpoolLane TakeFirst(string spool)
    {
        for (var number = 1; number <= Most; number++)
        {
            var folder = Path.Combine(spool, FormattableString.Invariant($"{number:000}"));
            Directory.CreateDirectory(folder);
            if (TryTake(folder) is { } lane) return lane;
        }

        throw new IOException($"all {Most} lanes of {spool} are taken");
    }

    /// <summary>Takes all lanes that nobody has and that have something in them: those of processes that are no more.</summary>
    public static IReadOnlyList<SpoolLane> TakeAbandoned(string spool)
    {
        if (!Directory.Exists(spool)) return [];
        var lanes = new List<SpoolLane>();
        foreach (var folder in Directory.GetDirectories(spool).Order(StringComparer.Ordinal))
        {
            if (SegmentsOf(folder).Count > 0 && TryTake(folder) is { } lane) lanes.Add(lane);
        }

        return lanes;
    }

    /// <summary>Its segments, the oldest first.</summary>
    public IReadOnlyList<string> Segments() => SegmentsOf(Folder);

    /// <summary>The name of a segment.</summary>
    public string Segment(long number) => Path.Combine(Folder, FormattableString.Invariant($"{number:0000000000}{Ending}"));

    /// <summary>The number of the last segment; 0 where there is none.</summary>
    public long LastNumber() => Segments().Select(s => long.TryParse(Path.GetFileNameWithoutExtension(s), out var n) ? n : 0).DefaultIfEmpty().Max();

    public void Dispose() => _lock.Dispose();

    private static List<string> SegmentsOf(string folder) => [.. Directory.GetFiles(folder, "*" + Ending).Order(StringComparer.Ordinal)];

    private static SpoolLane? TryTake(string folder)
    {
        try
        {
            return new SpoolLane(folder, new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, "lock")))
        {
            return null;
        }
    }
}
