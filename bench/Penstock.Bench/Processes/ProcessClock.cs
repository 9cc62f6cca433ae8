using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Penstock.Bench.Processes;

/// <summary>
/// Another process's CPU clock: the sum that /proc/PID/stat shows as utime and stime, but in nanoseconds. There it is
/// cut to ticks of 10 ms, which for a proxy that idles through a short window would be some percent of the answer.
/// </summary>
internal static partial class ProcessClock
{
    public static TimeSpan CpuTime(int pid)
    {
        // The kernel's encoding of "the CPU time that the scheduler gave to all threads of this process".
        var clock = (~pid << 3) | 2;
        if (GetTime(clock, out var time) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"Process {pid} has no CPU clock");
        return new TimeSpan((long)time.Seconds * TimeSpan.TicksPerSecond + (long)time.Nanoseconds / 100);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
