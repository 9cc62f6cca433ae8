using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>Callers who take their time.</summary>
public sealed class SlowReaderTests
{
    [Fact]
    public async Task WholeAnswer_CallerHasYetToReadIt_SeatIsFree()
    {
        using var rig = new ForwardingRig();
        var answer = $$"""{"id":"a","choices":[{"message":{"content":"{{new string('a', 200_000)}}"} }]}""";
        var backend = rig.Add("a", () => ScriptedBackend.Answer(200, answer));
        using var caller = new WatchingStream(() => backend.State.InFlight);
        var call = rig.Call(stream: false, ForwardingRig.Pool(backend));
        Assert.Equal(answer, await rig.AnswerAsync(call, caller));

        Assert.Equal(0, caller.Seen);
        Assert.False(call.Record.Error is not null);
    }

    private sealed class WatchingStream(Func<int> look) : MemoryStream
    {
        public int? Seen { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Seen ??= look();
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
