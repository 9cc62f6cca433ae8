namespace Penstock.Tests.Tools;

/// <summary>Programs on the PATH.</summary>
internal static class Commands
{
    /// <summary>Where the command is, or null.</summary>
    public static string? Find(string command)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat", ""] : [""];
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        return folders
            .Where(folder => folder.Length > 0)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, command + ending)))
            .FirstOrDefault(IsExecutable);
    }

    /// <summary>Why a test that needs them can't run, or null where it can.</summary>
    public static string? Missing(params ReadOnlySpan<string> commands)
    {
        foreach (var command in commands)
        {
            if (Find(command) is null)
                return $"The command {command} is not on the PATH.";
        }

        return null;
    }

    private static bool IsExecutable(string path) => File.Exists(path)
        && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyExecute) != 0);

    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}
