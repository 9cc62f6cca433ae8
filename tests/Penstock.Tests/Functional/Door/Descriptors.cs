using System.Globalization;

namespace Penstock.Tests.Functional.Door;

/// <summary>How many files and sockets this process may have open.</summary>
internal static class Descriptors
{
    private const string Limits = "/proc/self/limits";

    // Where it cannot be read, what systems allow at least.
    private const int AtLeast = 1024;

    public static int Most { get; } = Read();

    /// <summary>Pairs of sockets, the caller's and the gateway's, for which there is room beside everything else.</summary>
    public static int RoomForPairs(int wanted) => Math.Min(wanted, (Most - 500) / 2);

    private static int Read()
    {
        if (!File.Exists(Limits)) return AtLeast;
        var line = File.ReadLines(Limits).First(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        return int.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture, out var most) ? most : int.MaxValue;
    }
}
