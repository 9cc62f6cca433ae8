namespace Penstock.Tests.Tools;

/// <summary>How long a test waits for a condition before it says that it will not come.</summary>
internal static class Patience
{
    // Long enough for a loaded machine of one core: it is only ever spent by a test that fails.
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <summary>Waits until <paramref name="condition"/> holds, looking every 5 ms.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what, TimeSpan? timeout = null)
    {
        var limit = timeout ?? Default;
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > limit)
                throw new TimeoutException($"After {limit.TotalSeconds:0.#} s still not so: {what}.");
            await Task.Delay(5);
        }
    }
}
