namespace Penstock.Tests.Tools;

/// <summary>Files that the project is checked against and does not carry: a folder <c>shared</c> beside the checkout.</summary>
internal static class SharedFiles
{
    /// <summary>The folder, or null where there is none.</summary>
    public static string? Folder { get; } = Find(AppContext.BaseDirectory);

    public static string Path(string relative) => System.IO.Path.Combine(
        Folder ?? throw new InvalidOperationException("There is no folder shared beside the checkout."), relative);

    /// <summary>Why a test that needs the file can't run, or null where it can.</summary>
    public static string? Missing(string relative) => Missing(Folder, relative);

    internal static string? Missing(string? folder, string relative) =>
        folder is null ? "There is no folder shared beside the checkout."
        : !File.Exists(System.IO.Path.Combine(folder, relative)) ? $"The folder shared has no {relative}."
        : null;

    internal static string? Find(string from)
    {
        for (var at = new DirectoryInfo(from); at is not null; at = at.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(at.FullName, "Penstock.slnx")))
                continue;
            var folder = System.IO.Path.GetFullPath(System.IO.Path.Combine(at.FullName, "..", "shared"));
            return Directory.Exists(folder) ? folder : null;
        }

        return null;
    }
}
