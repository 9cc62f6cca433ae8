namespace Penstock.Bench.Simulation.Workloads;

/// <summary>All workloads; that of the trace where the trace is at hand.</summary>
internal static class WorkloadList
{
    private const string TracePath = "shared/traces/mooncake-conversation.jsonl.gz";

    private static readonly Workload[] Generated =
    [
        new TraceLikeWorkload(),
        new SharedSystemWorkload(),
        new MixedWorkload(),
        new SiblingsWorkload(),
        new HotPrefixWorkload(),
        new NoReuseWorkload(),
        new LlamaWorkload(),
    ];

    /// <param name="trace">Where the trace is; null: it is looked for in <c>shared/traces</c> here and above.</param>
    /// <exception cref="UsageException">It is not where it was said to be.</exception>
    public static IReadOnlyList<Workload> Load(string? trace)
    {
        if (trace is not null && !File.Exists(trace)) throw new UsageException($"{trace} does not exist");
        trace ??= FindTrace();
        return trace is null ? Generated : [new MooncakeWorkload(new Lazy<MooncakeTrace>(() => MooncakeTrace.Read(trace))), .. Generated];
    }

    private static string? FindTrace()
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, TracePath);
            if (File.Exists(path)) return path;
        }

        return null;
    }
}
