using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Penstock.Tests.Tools;

/// <summary>What Unix can do and .NET does not offer.</summary>
internal static class Unix
{
    public const int HangUp = 1;

    public const int Terminate = 15;

    public const int Kill = 9;

    /// <summary>SIGSTOP and SIGCONT, by Linux's numbers.</summary>
    public const int Stop = 19;

    public const int Continue = 18;

    public static void Signal(int process, int signal) => Check(SendSignal(process, signal));

    /// <summary>The same, to a process that may have ended.</summary>
    public static void SignalIfAlive(int process, int signal)
    {
        if (SendSignal(process, signal) != 0 && Marshal.GetLastPInvokeError() != NoSuchProcess) Check(-1);
    }

    /// <summary>Renames at once, over whatever has that name: links to folders, too.</summary>
    public static void Rename(string from, string to) => Check(RenamePath(from, to));

    private const int NoSuchProcess = 3;

    private static void Check(int result)
    {
        if (result != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);

    [DllImport("libc", EntryPoint = "rename", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenamePath([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
