namespace Penstock.Bench.Processes;

/// <summary>What a proxy's processes have used up to one moment.</summary>
/// <param name="Cpu">User and system time of all threads since the start.</param>
/// <param name="ResidentKilobytes">VmRSS now; pages that processes share count in each.</param>
internal readonly record struct ProcessSample(TimeSpan Cpu, long ResidentKilobytes)
{
    public static ProcessSample operator +(ProcessSample a, ProcessSample b) =>
        new(a.Cpu + b.Cpu, a.ResidentKilobytes + b.ResidentKilobytes);
}
