namespace Penstock.Tests.Tools;

/// <summary>A list that several threads add to and that tests can wait on.</summary>
internal sealed class Recorded<T>
{
    private readonly Lock _gate = new();
    private readonly List<T> _items = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(T item)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _items.Add(item);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    public IReadOnlyList<T> Snapshot()
    {
        lock (_gate)
            return _items.ToArray();
    }

    /// <summary>Waits for the item with this number, the first being 1.</summary>
    public async Task<T> NumberAsync(int number, string what, TimeSpan? timeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        var items = await WhenAsync(all => all.Count >= number, what, timeout);
        return items[number - 1];
    }

    /// <summary>Waits for the first item that <paramref name="predicate"/> accepts.</summary>
    public async Task<T> FirstAsync(Func<T, bool> predicate, string what, TimeSpan? timeout = null)
    {
        var items = await WhenAsync(all => all.Any(predicate), what, timeout);
        return items.First(predicate);
    }

    private async Task<IReadOnlyList<T>> WhenAsync(Func<IReadOnlyList<T>, bool> met, string what, TimeSpan? timeout)
    {
        var limit = timeout ?? Patience.Default;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            T[] items;
            Task changed;
            lock (_gate)
            {
                items = [.. _items];
                changed = _changed.Task;
            }

            if (met(items))
                return items;
            var left = limit - TimeProvider.System.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || await Task.WhenAny(changed, Task.Delay(left)) != changed && !changed.IsCompleted)
                throw new TimeoutException($"No {what} within {limit.TotalSeconds:0.#} s; {items.Length} came before.");
        }
    }
}
