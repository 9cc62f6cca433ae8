using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

public sealed class PrefixDispatchProperties
{
    private enum Kind
    {
        Begin,
        BeginOther,
        Sent,
        FirstToken,
        Answered,
        Dispose,
        Keep,
        Wait,
    }

    // Whatever is said of the calls, in whatever order and however often: seats, slots and tokens in flight return to zero.
    [Fact]
    public void Dispatch_AnyOrder_SeatsAndTokensReturnToZero() => ForAll.Check(
        Gen.ArrayOf(from kind in Gen.Elements(Enum.GetValues<Kind>())
                    from which in Gen.Choose(0, 9)
                    from length in Gen.Choose(0, 40)
                    select new Step(kind, which, length)),
        steps =>
        {
            var rig = new PrefixRig(3, seats: 2);
            rig.Tell(2, slots: [false, false]);
            var calls = new List<Call>();
            foreach (var step in steps)
            {
                Do(rig, calls, step);
                AssertCounts(rig, calls);
            }

            foreach (var call in calls)
            {
                call.Pick.Dispose();
                call.Pick.Dispose();
            }

            AssertNothingLeft(rig);
        });

    private static void Do(PrefixRig rig, List<Call> calls, Step step)
    {
        var call = calls.Count == 0 ? null : calls[step.Which % calls.Count];
        switch (step.Kind)
        {
            case Kind.Begin or Kind.BeginOther:
                var prompt = PrefixRig.Prompt(step.Which, step.Length, outputTokens: 100, session: (ulong)(step.Which % 3));
                if (rig.Pool.TryPick(prompt, null, out var pick)) calls.Add(new Call(pick, prompt));
                break;
            case Kind.Sent when call is not null:
                call.Pick.Dispatch!.Sent();
                break;
            case Kind.FirstToken when call is not null:
                call.Pick.Dispatch!.FirstToken(TimeSpan.FromMilliseconds(20));
                break;
            case Kind.Answered when call is not null:
                call.Prompt.WithAnswer = PrefixRig.Blocks(step.Which, step.Length + 5);
                call.Pick.Dispatch!.Answered(TimeSpan.FromSeconds(1), new TokenUsage(1000, 50, step.Length * 10), null);
                call.IsAnswered = true;
                break;
            case Kind.Dispose when call is not null:
                call.Pick.Dispose();
                call.IsOver = true;
                break;
            // One more attempt, with the seat of the one before.
            case Kind.Keep when call is { IsOver: false }:
                calls.Remove(call);
                calls.Add(new Call(rig.Pool.Keep(call.Pick, call.Prompt), call.Prompt));
                call.Pick.Dispose();
                break;
            default:
                rig.Time.Advance(TimeSpan.FromMilliseconds(50 * step.Length));
                break;
        }
    }

    private static void AssertCounts(PrefixRig rig, List<Call> calls)
    {
        foreach (var server in rig.Servers)
        {
            var seated = calls.Where(call => call.Pick.Backend == server && !call.IsOver).ToArray();
            Assert.Equal(seated.Length, server.State.InFlight);
            var pace = rig.Known.PaceOf(server, rig.Known.Now);
            Assert.Equal(seated.Count(call => !call.IsAnswered), pace.Waiting + pace.Running);
            Assert.True(pace is { Waiting: >= 0, Running: >= 0, WaitingTokens: >= 0 }, pace.ToString());
        }
    }

    private static void AssertNothingLeft(PrefixRig rig)
    {
        AssertCounts(rig, []);
        // What nobody waits for is not shown; it is seen in what the next one waits for.
        foreach (var server in rig.Servers) Assert.Equal(0, rig.Known.Paces.Of(server).Sent(100, rig.Known.Now).Before);
        var slots = rig.Known.Slots.Of(rig.Servers[2]);
        if (!slots.IsKnown) return;
        var (one, other) = (rig.Send(2, PrefixRig.Prompt(100)), rig.Send(2, PrefixRig.Prompt(101)));
        Assert.Equal([0, 1], new[] { one.Dispatch!.Slot, other.Dispatch!.Slot }.Order());
    }

    private sealed record Step(Kind Kind, int Which, int Length);

    private sealed class Call(Pick pick, PromptShape prompt)
    {
        public Pick Pick => pick;

        public PromptShape Prompt => prompt;

        public bool IsAnswered { get; set; }

        public bool IsOver { get; set; }
    }
}
