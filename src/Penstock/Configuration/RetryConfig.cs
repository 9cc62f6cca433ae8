namespace Penstock.Configuration;

/// <summary>How often, and how eagerly, a request is tried again (<c>retry</c>).</summary>
internal sealed record RetryConfig
{
    /// <summary>Attempts at a request, the first included. A fallback that has not been asked by then is asked once.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>The first wait before the same backend is tried again; it doubles with each.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(0.25);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Extra attempts, as a share of the requests of the last 10 s.</summary>
    public double Budget { get; init; } = 0.2;
}
