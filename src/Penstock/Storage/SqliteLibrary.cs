using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Penstock.Storage;

/// <summary>
/// The system's SQLite. The library that packages bring along is older than its last security fix; the system's is kept up
/// to date by whoever keeps the system.
/// </summary>
internal static class SqliteLibrary
{
    private static readonly string[] Names = OperatingSystem.IsWindows() ? ["winsqlite3", "sqlite3", "e_sqlite3"]
        : OperatingSystem.IsMacOS() ? ["libsqlite3.dylib", "/usr/lib/libsqlite3.dylib", "/opt/homebrew/opt/sqlite/lib/libsqlite3.dylib"]
        : ["libsqlite3.so.0", "libsqlite3.so"];

    private static readonly Lazy<bool> IsThere = new(Load);

    /// <summary>Why it cannot be used.</summary>
    public const string Missing = "SQLite's library is missing: install it (Debian and Ubuntu: apt-get install libsqlite3-0; "
        + "Alpine: apk add sqlite-libs; Fedora: dnf install sqlite-libs; macOS: brew install sqlite)";

    /// <summary>Finds it, once.</summary>
    /// <returns>Whether the system has it.</returns>
    public static bool TryLoad() => IsThere.Value;

    private static bool Load()
    {
        if (Find() == 0) return false;
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (name, _, _) => name == "e_sqlite3" ? Find() : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }

    private static nint Find()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories, out var library)) return library;
        }

        return 0;
    }
}
