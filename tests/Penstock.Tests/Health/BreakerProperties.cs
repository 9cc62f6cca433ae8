using FsCheck;
using FsCheck.Fluent;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Health;

public sealed class BreakerProperties
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private enum Act
    {
        Wait,
        Begin,
        Succeed,
        Fail,
        End,
        OldSuccess,
        OldFailure,
    }

    private static Gen<Step[]> Steps =>
        (from act in Gen.Elements(Enum.GetValues<Act>())
         from seconds in Gen.Choose(0, 8)
         select new Step(act, seconds)).ArrayOf();

    // Only failures, so that there is nothing else that it could have counted.
    [Fact]
    public void Failed_AnyMoments_OpensWhenTheLastOnesAreWithinTheWindow() => ForAll.Check(
        (from gaps in Gen.Choose(0, 6).ArrayOf() from failures in Gen.Choose(1, 5) select (gaps, failures)),
        c =>
        {
            var breaker = New(c.failures);
            var moments = new List<TimeSpan>();
            var now = TimeSpan.Zero;
            foreach (var gap in c.gaps)
            {
                now += TimeSpan.FromSeconds(gap);
                moments.Add(now);
                var expected = moments.Count(m => now - m <= Window) >= c.failures;

                Assert.Equal(expected, breaker.Failed(now, isTrial: false));
                if (expected) return;
            }
        });

    [Fact]
    public void Any_MixOfRequests_KeepsItsPromises() => ForAll.Check(Steps, steps =>
    {
        var breaker = New(failures: 2);
        var now = TimeSpan.Zero;
        var onTrial = 0;
        foreach (var (act, seconds) in steps)
        {
            now += TimeSpan.FromSeconds(act == Act.Wait ? seconds : 0);
            var before = breaker.StateAt(now);
            var changed = false;
            switch (act)
            {
                case Act.Begin:
                    var begun = breaker.TryBegin(now, out var isTrial);
                    Assert.Equal(before == BreakerState.Closed || (before == BreakerState.HalfOpen && onTrial == 0), begun);
                    Assert.Equal(begun && before == BreakerState.HalfOpen, isTrial);
                    if (isTrial) onTrial++;
                    break;
                case Act.Succeed when onTrial > 0:
                    changed = breaker.Succeeded(now, isTrial: true);
                    Assert.Equal(changed, before != breaker.StateAt(now));
                    break;
                case Act.Fail when onTrial > 0:
                    Assert.True(breaker.Failed(now, isTrial: true));
                    Assert.Equal(BreakerState.Open, breaker.StateAt(now));
                    changed = true;
                    break;
                case Act.End when onTrial > 0:
                    breaker.EndTrial();
                    onTrial = 0;
                    break;
                case Act.OldSuccess:
                    Assert.False(breaker.Succeeded(now, isTrial: false));
                    break;
                case Act.OldFailure:
                    // From closed to open, and nowhere else.
                    changed = breaker.Failed(now, isTrial: false);
                    Assert.False(changed && before != BreakerState.Closed);
                    break;
            }

            if (changed) onTrial = 0;
            else Assert.Equal(before, breaker.StateAt(now));
            Assert.Equal(onTrial > 0, breaker.IsOnTrial);
        }

        // However it went: left alone for its time, it takes a request again.
        breaker.EndTrial();
        Assert.True(breaker.TryBegin(now + TimeSpan.FromSeconds(5), out _));
    }, 2000);

    private static Breaker New(int failures) => new()
    {
        Rules = new BreakerConfig
        {
            Failures = failures,
            Window = Window,
            Open = TimeSpan.FromSeconds(5),
        },
        HealthyAfter = 2,
    };

    private sealed record Step(Act Act, int Seconds);
}
