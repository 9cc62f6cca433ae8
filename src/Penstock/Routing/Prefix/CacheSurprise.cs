namespace Penstock.Routing.Prefix;

/// <summary>
/// What is learned of a server's cache from one prompt of which it had more or less than was expected. That may be the prompt's
/// own affair, or its caller's: so it counts for as much as the server read, or did not have to.
/// </summary>
internal static class CacheSurprise
{
    // So many times as much goes as was read again, and a quarter of all at most: who wants more to go has to have more read, and
    // that takes others' places in the server, too.
    private const int LostTimes = 4;
    private const int MostLostPart = 4;

    // Half as much is believed to be there after all, and an eighth of all at most: to believe in what is gone costs more.
    private const int KeptTimes = 2;
    private const int MostKeptPart = 8;

    // What has less than seven eighths of its room in use has lost nothing for want of it.
    private const int UnusedPart = 8;

    // Of what a server loses by a restart nothing is to be learned about its size.
    private const int LeastLearned = 256;

    /// <summary>How many blocks have probably gone, at most.</summary>
    /// <param name="held">What the server was believed to hold.</param>
    /// <param name="missing">Blocks of the prompt that it did not.</param>
    public static int MostLost(BlockLru held, int missing) => Math.Min(missing * LostTimes, (held.Count + MostLostPart - 1) / MostLostPart);

    /// <summary>The room that it has, in blocks, now that some have gone: less, where it was used up.</summary>
    /// <param name="held">What is left.</param>
    /// <param name="gone">How many have gone.</param>
    public static int LimitWithout(BlockLru held, int gone) => held.Count + gone < held.Limit - (held.Limit / UnusedPart)
        ? held.Limit
        : Math.Max(held.Limit - gone, Math.Min(held.Limit, LeastLearned));

    /// <summary>The room that it has, in blocks, if it holds what it was no longer believed to: more, where it was used up. Else that came from elsewhere.</summary>
    /// <param name="held">What it was believed to hold.</param>
    /// <param name="found">Blocks of the prompt that it had besides.</param>
    public static int LimitWith(BlockLru held, int found) => held.IsFull
        ? held.Limit + Math.Min(found * KeptTimes, held.Limit / MostKeptPart)
        : held.Limit;
}
