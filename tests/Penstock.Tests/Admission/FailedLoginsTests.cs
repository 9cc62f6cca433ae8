using System.Net;
using FsCheck.Fluent;
using Penstock.Admission;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission;

public sealed class FailedLoginsTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTime _time = new();

    [Fact]
    public void Count_BeyondTheAllowed_IsRefusedUntilItsMinuteIsOver()
    {
        var failures = new FailedLogins(_time);
        for (var i = 0; i < FailedLogins.Allowed; i++) Assert.Null(Count(failures, "10.0.0.1"));

        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(new FailureVerdict(TimeSpan.FromSeconds(40), HasBegun: true), Count(failures, "10.0.0.1"));
        Assert.Equal(new FailureVerdict(TimeSpan.FromSeconds(40), HasBegun: false), Count(failures, "10.0.0.1"));
        Assert.Null(Count(failures, "10.0.0.2"));

        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(Count(failures, "10.0.0.1"));
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("::ffff:10.0.0.1", "::ffff:10.0.0.2", false)]
    public void Count_Addresses_AreOneWhereOneHostMayHaveBoth(string one, string other, bool areOne)
    {
        var failures = new FailedLogins(_time);
        for (var i = 0; i < FailedLogins.Allowed; i++) Count(failures, one);

        Assert.Equal(areOne, Count(failures, other) is not null);
    }

    [Fact]
    public void Count_NoAddress_IsCountedAsOne()
    {
        var failures = new FailedLogins(_time);
        for (var i = 0; i < FailedLogins.Allowed; i++) Assert.Null(failures.Count(null));

        Assert.NotNull(failures.Count(null));
    }

    // Against what it is to do, said simply: a window for each address, in the order in which they come.
    [Fact]
    public void Count_AnyFailures_AreRefusedAsTheModelSays()
    {
        var step = from address in Gen.Choose(0, 5) from seconds in Gen.Frequency((20, Gen.Constant(0)), (5, Gen.Choose(1, 10)), (1, Gen.Choose(30, 90))) select (address, seconds);
        ForAll.Check(step.ListOf(400), steps =>
        {
            var time = new ManualTime();
            var failures = new FailedLogins(time, mostAddresses: 3);
            var since = new Dictionary<int, DateTimeOffset>();
            var counts = new Dictionary<int, int>();
            foreach (var (address, seconds) in steps)
            {
                time.Advance(TimeSpan.FromSeconds(seconds));
                var now = time.GetUtcNow();
                foreach (var old in since.Where(s => now - s.Value >= Minute).Select(s => s.Key).ToArray()) since.Remove(old);
                // Those for whom there is no room are counted together, under -1.
                var slot = since.ContainsKey(address) || since.Keys.Count(k => k >= 0) < 3 ? address : -1;
                if (since.TryAdd(slot, now)) counts[slot] = 0;
                counts[slot]++;

                var verdict = failures.Count(new IPAddress([10, 0, 0, (byte)address]));

                Assert.Equal(counts[slot] > FailedLogins.Allowed, verdict is not null);
                Assert.True(failures.Known <= 3);
                if (verdict is not { } refused) continue;
                Assert.Equal(since[slot] + Minute - now, refused.Wait);
                Assert.True(refused.Wait > TimeSpan.Zero);
                Assert.Equal(counts[slot] == FailedLogins.Allowed + 1, refused.HasBegun);
            }
        }, 200);
    }

    [Fact]
    public async Task Count_FromManyThreads_AllowsNoMore()
    {
        var failures = new FailedLogins(_time);
        var allowed = 0;

        await Parallel.ForAsync(0, 10_000, (_, _) =>
        {
            if (Count(failures, "10.0.0.1") is null) Interlocked.Increment(ref allowed);
            return ValueTask.CompletedTask;
        });

        Assert.Equal(FailedLogins.Allowed, allowed);
    }

    [Fact]
    public void Count_ManyAddresses_TakeNoMoreThanTheirRoom()
    {
        var failures = new FailedLogins(_time, mostAddresses: 100);
        var allowed = 0;
        for (var i = 0; i < 100_000; i++)
        {
            if (failures.Count(new IPAddress(i)) is null) allowed++;
        }

        Assert.Equal(100, failures.Known);
        // One guess of each that is known, and what the others share.
        Assert.Equal(100 + FailedLogins.Allowed, allowed);
        _time.Advance(Minute);
        Assert.Null(Count(failures, "10.0.0.1"));
        Assert.Equal(1, failures.Known);
    }

    private static FailureVerdict? Count(FailedLogins failures, string address) => failures.Count(IPAddress.Parse(address));
}
