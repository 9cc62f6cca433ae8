namespace Penstock.Tests.Tools;

/// <summary>Where PostgreSQL's programs are: on the PATH, or where Debian puts those that it does not.</summary>
internal static class PostgresBinaries
{
    private const string Debian = "/usr/lib/postgresql";

    /// <summary>The folder; null where there is none.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>Why a test that needs them can't run, or null where it can.</summary>
    public static string? Missing => OperatingSystem.IsWindows() ? "PostgreSQL is started as on Unix."
        : Folder is null ? $"PostgreSQL's initdb is neither on the PATH nor in {Debian}/*/bin (apt-get install postgresql)." : null;

    private static string? Find()
    {
        var versions = Directory.Exists(Debian) ? Directory.GetDirectories(Debian).OrderByDescending(VersionOf) : Enumerable.Empty<string>();
        return versions.Select(version => Path.Combine(version, "bin")).FirstOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            ?? Path.GetDirectoryName(Commands.Find("initdb"));
    }

    private static int VersionOf(string folder) => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0;
}
