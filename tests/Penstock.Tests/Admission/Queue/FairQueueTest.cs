using Penstock.Admission.Queue;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>A line of names: for 8 calls, 1,000 bytes and 30 s, on a time of its own. Chance is a half until a test says otherwise.</summary>
public abstract class FairQueueTest
{
    protected FairQueueTest() => Queue = new FairQueue<string>(new QueueConfig { MaxRequests = 8, MaxBytes = 1000 }, () => Chance);

    private protected FairQueue<string> Queue { get; }

    private protected double Chance { get; set; } = 0.5;

    private protected TimeSpan Now { get; private set; }

    private protected void Wait(double seconds) => Now += TimeSpan.FromSeconds(seconds);

    private protected void Add(
        string item, string caller, CallerPriority priority = CallerPriority.Normal, long tokens = 100, long bytes = 1, double timeout = 3600) =>
        Assert.Equal(QueueVerdict.Added, TryAdd(item, caller, out _, priority, tokens, bytes, timeout));

    private protected QueueVerdict TryAdd(
        string item, string caller, out List<string> pushedOut, CallerPriority priority = CallerPriority.Normal, long tokens = 100, long bytes = 1, double timeout = 3600)
    {
        var entries = new List<QueueEntry<string>>();
        var verdict = Queue.TryAdd(new QueueEntry<string>(item, caller, priority, tokens, bytes, Now + TimeSpan.FromSeconds(timeout)), Now, entries);
        pushedOut = entries.ConvertAll(entry => entry.Item);
        return verdict;
    }

    /// <summary>Serves who is next, which is answered at once, and says who that was.</summary>
    private protected string Serve()
    {
        var item = TryServe(_ => true);
        Assert.NotNull(item);
        return item;
    }

    private protected List<string> ServeAll()
    {
        var order = new List<string>();
        while (TryServe(_ => true) is { } item) order.Add(item);
        return order;
    }

    /// <summary>Serves the first that takes a seat; null: nobody does.</summary>
    private protected string? TryServe(Func<string, bool> take)
    {
        if (!Queue.TryServe(32, Now, take, out var served)) return null;
        Queue.Ended(served.Tokens, null, Now);
        return served.Item;
    }

    /// <summary>Takes out whose time is over.</summary>
    private protected List<string> Expire()
    {
        var late = new List<string>();
        while (Queue.TryExpire(Now, out var expired)) late.Add(expired.Item);
        return late;
    }
}
