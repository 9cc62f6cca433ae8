namespace Penstock.Protocol;

/// <summary>Escapes in what is between a JSON string's quotes.</summary>
internal static class JsonEscapes
{
    /// <summary>Whether what follows is escaped: an odd number of backslashes stands before it.</summary>
    /// <param name="before">The string up to there.</param>
    public static bool AreOpenAtEndOf(ReadOnlySpan<byte> before) => (before.Length - 1 - before.LastIndexOfAnyExcept((byte)'\\')) % 2 != 0;
}
