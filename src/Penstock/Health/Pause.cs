namespace Penstock.Health;

/// <summary>
/// A time for which a backend is left alone. Of two that overlap the later end counts. Not safe for use by several threads.
/// </summary>
/// <param name="longest">More than this is not believed.</param>
internal sealed class Pause(TimeSpan longest)
{
    /// <summary>When it ends, or did, as a time since some beginning; null where there was none.</summary>
    public TimeSpan? Until { get; private set; }

    public bool IsOnAt(TimeSpan now) => now < Until;

    public void Extend(TimeSpan now, TimeSpan time)
    {
        var until = now + (time < longest ? time : longest);
        if (Until is null || until > Until) Until = until;
    }

    public void Clear() => Until = null;
}
