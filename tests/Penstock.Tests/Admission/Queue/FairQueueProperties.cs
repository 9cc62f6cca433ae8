using FsCheck;
using FsCheck.Fluent;
using Penstock.Admission.Queue;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

public sealed class FairQueueProperties
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    // From the least that a call counts for.
    private static readonly Gen<int> Costs = Gen.Choose((int)CallerFlow<int>.Quantum, 5000);

    private enum Act
    {
        Add,
        Serve,
        ServeSome,
        Remove,
        Wait,
    }

    // Two callers that wait all the time: what they were served never differs by more than a quantum and the largest call,
    // counted from when both had begun; and so, between any two moments, by no more than twice that.
    [Fact]
    public void TryServe_TwoWaitAllTheTime_DifferByAQuantumAndTheLargestCall() => ForAll.Check(
        (from first in Costs.NonEmptyListOf()
         from second in Costs.NonEmptyListOf()
         from others in Costs.ListOf()
         select (first, second, others)),
        c =>
        {
            var queue = NewQueue();
            foreach (var tokens in c.first) Add(queue, "a", tokens);
            foreach (var tokens in c.second) Add(queue, "b", tokens);
            for (var i = 0; i < c.others.Count; i++) Add(queue, $"c{i % 3}", c.others[i]);
            var bound = CallerFlow<int>.Quantum + Math.Max(c.first.Max(), c.second.Max());
            var (a, b, aLeft, bLeft) = (0L, 0L, c.first.Count, c.second.Count);
            while (aLeft > 0 && bLeft > 0)
            {
                Assert.InRange(Math.Abs(a - b), 0, bound);
                Assert.True(queue.TryServe(32, TimeSpan.Zero, _ => true, out var served));
                if (served.Caller == "a") (a, aLeft) = (a + served.Tokens, aLeft - 1);
                if (served.Caller == "b") (b, bLeft) = (b + served.Tokens, bLeft - 1);
            }
        });

    // Whatever else comes all the time: a call of one's own is served before the others have had much more than it.
    [Fact]
    public void TryServe_OthersComeAllTheTime_ServesEverybody() => ForAll.Check(
        (from priority in Gen.Elements(Enum.GetValues<CallerPriority>())
         from above in Gen.Elements(Enum.GetValues<CallerPriority>())
         from tokens in Costs
         from load in Costs
         select (priority, above, tokens, load)),
        c =>
        {
            var queue = NewQueue();
            for (var i = 0; i < 4; i++) Add(queue, $"load{i}", c.load, c.above);
            Add(queue, "mine", c.tokens, c.priority);
            // A sixteenth at worst, of what four callers are served beside it; and what is rounded up.
            var most = 16 * ((4 * (c.tokens + CallerFlow<int>.Quantum)) + (8 * c.load));
            for (var spent = 0L; spent <= most;)
            {
                Assert.True(queue.TryServe(32, TimeSpan.Zero, _ => true, out var served));
                if (served.Caller == "mine") return;
                spent += served.Tokens;
                Add(queue, served.Caller, c.load, c.above);
            }

            Assert.Fail($"it was not served before {most} tokens of others");
        });

    [Fact]
    public void Any_MixOfActs_ComesBackToNothing() => ForAll.Check(
        (from act in Gen.Frequency((4, Gen.Constant(Act.Add)), (1, Gen.Constant(Act.Serve)), (1, Gen.Constant(Act.ServeSome)), (1, Gen.Constant(Act.Remove)), (1, Gen.Constant(Act.Wait)))
         from number in Gen.Choose(0, 1000)
         select (act, number)).ArrayOf(),
        steps =>
        {
            var bounds = new QueueConfig { MaxRequests = 12, MaxBytes = 4000 };
            var queue = new FairQueue<int>(bounds, () => 0.7);
            var waiting = new List<QueueEntry<int>>();
            var now = TimeSpan.Zero;
            var next = 0;
            foreach (var (act, number) in steps)
            {
                switch (act)
                {
                    case Act.Add:
                        var entry = new QueueEntry<int>(next++, $"c{number % 4}", (CallerPriority)(number % 3), number, number, now + TimeSpan.FromSeconds(number % 7));
                        var pushedOut = new List<QueueEntry<int>>();
                        if (queue.TryAdd(entry, now, pushedOut) == QueueVerdict.Added) waiting.Add(entry);
                        else Assert.Empty(pushedOut);
                        foreach (var other in pushedOut) Assert.True(waiting.Remove(other));
                        break;
                    case Act.Serve:
                        Assert.Equal(waiting.Count > 0, queue.TryServe(32, now, _ => true, out var served));
                        if (served is not null) Assert.True(waiting.Remove(served));
                        break;
                    case Act.ServeSome:
                        if (queue.TryServe(32, now, item => item % 3 == 0, out var able)) Assert.True(waiting.Remove(able));
                        else Assert.DoesNotContain(waiting, w => w.Item % 3 == 0);
                        break;
                    case Act.Remove when waiting.Count > 0:
                        var left = waiting[number % waiting.Count];
                        waiting.Remove(left);
                        Assert.True(queue.Remove(left, now));
                        Assert.False(queue.Remove(left, now));
                        break;
                    case Act.Wait:
                        now += TimeSpan.FromSeconds(number % 3);
                        while (queue.TryExpire(now, out var expired)) Assert.True(waiting.Remove(expired));
                        Assert.All(waiting, w => Assert.True(w.Deadline > now));
                        break;
                }

                Assert.Equal((waiting.Count, waiting.Sum(w => w.Bytes), waiting.Sum(w => w.Tokens)), (queue.Count, queue.Bytes, queue.Tokens));
                Assert.Equal(waiting.Count == 0 ? null : waiting.Min(w => w.Deadline), queue.NextDeadline);
                Assert.True(queue.Count <= bounds.MaxRequests && queue.Bytes <= bounds.MaxBytes);
            }

            while (queue.TryServe(32, now, _ => true, out var last)) Assert.True(waiting.Remove(last));
            Assert.Empty(waiting);
        }, 1000);

    [Fact]
    public void TryServe_OneCaller_IsInTheOrderOfComing() => ForAll.Check(Costs.NonEmptyListOf(), costs =>
    {
        var queue = NewQueue();
        foreach (var tokens in costs) Add(queue, "a", tokens);
        Add(queue, "b", 100);
        var order = new List<long>();
        while (queue.TryServe(32, TimeSpan.Zero, _ => true, out var served))
        {
            if (served.Caller == "a") order.Add(served.Tokens);
        }

        Assert.Equal(costs.Select(tokens => (long)tokens), order);
    });

    private static FairQueue<int> NewQueue() => new(new QueueConfig { MaxRequests = int.MaxValue, MaxBytes = long.MaxValue }, () => 1);

    private static void Add(FairQueue<int> queue, string caller, long tokens, CallerPriority priority = CallerPriority.Normal) => Assert.Equal(
        QueueVerdict.Added, queue.TryAdd(new QueueEntry<int>(0, caller, priority, tokens, 1, Never), TimeSpan.Zero, []));
}
