namespace Penstock.Tests.Tools;

/// <summary>How long a test waits for a condition before it says that it will not come.</summary>
internal static class Patience
{
    // Long enough for a loaded machine of one core: it is only ever spent by a test that fails.
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <summary>Waits until <paramref name="condition"/> holds, looking every 5 ms.</summary>
    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? timeout = null) => UntilAsync(condition, () => what, timeout);

    /// <summary>The same, where what is waited for can be said better when it has not come.</summary>
    public static async Task UntilAsync(Func<bool> condition, Func<string> what, TimeSpan? timeout = null)
    {
        var limit = timeout ?? Default;
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > limit)
                throw new TimeoutException($"After {limit.TotalSeconds:0.#} s still not so: {what()}.");
            await Task.Delay(5);
        }
    }

    /// <summary>Looks, again and again, until what it sees is right.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> isRight, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isRight(seen)) return seen;
            if (TimeProvider.System.GetElapsedTime(started) > Default)
                throw new TimeoutException($"After {Default.TotalSeconds:0.#} s still not so: {what}; it is {seen}.");
            await Task.Delay(5);
        }
    }
}
