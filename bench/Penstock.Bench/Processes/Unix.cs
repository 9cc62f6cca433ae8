using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Penstock.Bench.Processes;

/// <summary>What Unix can do and .NET does not offer.</summary>
internal static partial class Unix
{
    private const int SignalTerminate = 15;

    /// <summary>Asks a process to end (SIGTERM).</summary>
    public static void Terminate(int process)
    {
        if (Kill(process, SignalTerminate) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
