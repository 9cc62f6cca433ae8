using System.Globalization;

namespace Penstock.Bench.Processes;

/// <summary>The processes of one proxy: those that were named, and their children, such as nginx's workers.</summary>
internal sealed class ProcessGroup
{
    private readonly int[] _pids;

    private ProcessGroup(int[] pids) => _pids = pids;

    public bool IsEmpty => _pids.Length == 0;

    /// <exception cref="UsageException">A process does not exist.</exception>
    public static ProcessGroup Find(IReadOnlyList<int> roots)
    {
        var pids = new List<int>(roots);
        foreach (var pid in roots)
        {
            if (!Directory.Exists($"/proc/{pid}"))
                throw new UsageException($"there is no process {pid}");
        }

        var parents = Parents();
        for (var i = 0; i < pids.Count; i++)
        {
            foreach (var (pid, parent) in parents)
            {
                if (parent == pids[i] && !pids.Contains(pid))
                    pids.Add(pid);
            }
        }

        return new ProcessGroup([.. pids]);
    }

    public ProcessSample Sample()
    {
        var sample = default(ProcessSample);
        foreach (var pid in _pids)
            sample += new ProcessSample(ProcessClock.CpuTime(pid), ResidentKilobytes(pid));
        return sample;
    }

    private static List<(int Pid, int Parent)> Parents()
    {
        var parents = new List<(int, int)>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            try
            {
                // The second field is the program's name in parentheses, which may hold spaces: count from its end.
                var stat = File.ReadAllText($"{directory}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 3);
                parents.Add((pid, int.Parse(fields[1], CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // It ended while we looked.
            }
        }

        return parents;
    }

    private static long ResidentKilobytes(int pid)
    {
        foreach (var line in File.ReadLines($"/proc/{pid}/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                return long.Parse(line.AsSpan(6).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
        }

        return 0;
    }
}
