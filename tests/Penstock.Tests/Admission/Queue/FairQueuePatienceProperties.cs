using FsCheck;
using FsCheck.Fluent;
using Penstock.Admission.Queue;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Queue;

/// <summary>What holds where calls have little time, and are tried again.</summary>
public sealed class FairQueuePatienceProperties
{
    private const long Quantum = CallerFlow<string>.Quantum;

    private static readonly Gen<int> Costs = Gen.Choose((int)Quantum, 5000);

    // However dear it is and however little time it has: it is served when the others have had what it costs, and a round for each time that it came.
    [Fact]
    public void TryServe_DearCallIsTriedAgainAndAgain_IsServed() => ForAll.Check(
        (from others in Gen.Choose(1, 9)
         from load in Costs
         from dear in Gen.Choose((int)Quantum, 50_000)
         from patience in Gen.Choose(1, 200)
         from pause in Gen.Choose(0, 3)
         from priority in Gen.Elements(Enum.GetValues<CallerPriority>())
         select (others, load, dear, patience, pause, priority)),
        c =>
        {
            var queue = NewQueue();
            for (var i = 0; i < c.others; i++) Add(queue, $"o{i}", c.load, c.priority);
            // A visit in which no round goes by brings nothing: there are as many others as can be served in its time.
            var patience = Math.Max(c.patience, 2 * c.others * (1 + (int)(c.load / Quantum)));
            var most = (c.others * ((2L * c.dear) + (4 * c.load) + (4 * Quantum))) * 2;
            for (var spent = 0L; spent <= most;)
            {
                var dear = Add(queue, "dear", c.dear, c.priority);
                for (var n = 0; n < patience + c.pause; n++)
                {
                    if (n == patience) Assert.True(queue.Remove(dear, TimeSpan.Zero));
                    Assert.True(queue.TryServe(32, TimeSpan.Zero, _ => true, out var served));
                    if (served == dear) return;
                    spent += served.Tokens;
                    Add(queue, served.Caller, c.load, c.priority);
                }

                if (c.pause == 0) Assert.True(queue.Remove(dear, TimeSpan.Zero));
            }

            Assert.Fail($"it was not served before {most} tokens of others");
        });

    // Who comes and goes as it likes gets no more than who stays, but for a quantum and its largest call.
    [Fact]
    public void TryServe_CallerComesAndGoes_GetsNoMoreThanWhoStays() => ForAll.Check(
        (from load in Costs
         from acts in (from isServe in Gen.Elements(true, true, false)
                       from number in Gen.Choose(0, 1000)
                       from tokens in Gen.Frequency((3, Costs), (1, Gen.Choose(5000, 60_000)))
                       select (isServe, number, tokens)).ArrayOf()
         select (load, acts)),
        c =>
        {
            var queue = NewQueue();
            for (var i = 0; i < 4; i++) Add(queue, i % 2 == 0 ? "stays" : "third", c.load);
            var waiting = new List<QueueEntry<string>>();
            var (stays, comes, largest) = (0L, 0L, (long)c.load);
            foreach (var (isServe, number, tokens) in c.acts.Concat(Enumerable.Repeat((isServe: true, number: 0, tokens: 0), 200)))
            {
                if (!isServe && number % 3 == 0 && waiting.Count > 0)
                {
                    Assert.True(queue.Remove(waiting[number % waiting.Count], TimeSpan.Zero));
                    waiting.RemoveAt(number % waiting.Count);
                    continue;
                }

                if (!isServe)
                {
                    waiting.Add(Add(queue, "comes", tokens));
                    continue;
                }

                Assert.True(queue.TryServe(32, TimeSpan.Zero, _ => true, out var served));
                if (served.Caller == "comes")
                {
                    waiting.Remove(served);
                    (comes, largest) = (comes + served.Tokens, Math.Max(largest, served.Tokens));
                }
                else
                {
                    if (served.Caller == "stays") stays += served.Tokens;
                    Add(queue, served.Caller, c.load);
                }

                Assert.True(comes <= stays + Quantum + largest, $"{comes} and {stays}, {largest}");
            }
        }, 2000);

    private static FairQueue<string> NewQueue() => new(new QueueConfig { MaxRequests = int.MaxValue, MaxBytes = long.MaxValue }, () => 1);

    private static QueueEntry<string> Add(FairQueue<string> queue, string caller, long tokens, CallerPriority priority = CallerPriority.Normal)
    {
        var entry = new QueueEntry<string>("", caller, priority, tokens, 1, TimeSpan.FromDays(1));
        Assert.Equal(QueueVerdict.Added, queue.TryAdd(entry, TimeSpan.Zero, []));
        return entry;
    }
}
