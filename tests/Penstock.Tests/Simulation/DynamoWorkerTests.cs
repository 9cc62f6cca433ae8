using Penstock.Bench.Simulation;
using Penstock.Bench.Simulation.Policies;
using Penstock.Bench.Simulation.Workloads;
using Penstock.Engines;
using Xunit;

namespace Penstock.Tests.Simulation;

public class DynamoWorkerTests
{
    // Of 64 blocks, of which siblings have 50 in common.
    private const int Tokens = 64 * EngineCall.BlockTokens;
    private const int Common = 50 * EngineCall.BlockTokens;

    [Fact]
    public void Potential_OfSiblings_CountsWhatTheyHaveInCommonOnce()
    {
        var worker = new DynamoWorker(sent: null);
        var (first, second) = (Sibling(1), Sibling(2));
        Assert.Equal((64.0, 64), worker.Potential(first));

        worker.Add(first);

        // All of it is to be read by both; of blocks only those are more that nobody has.
        Assert.Equal((128.0, 64 + 14), worker.Potential(second));
        worker.Add(second);
        worker.Read(first);
        Assert.Equal((128.0, 64 + 14 + 14), worker.Potential(Sibling(3)));
        worker.Free(first);
        Assert.Equal((128.0, 64 + 14), worker.Potential(Sibling(3)));
        worker.Free(second);
        Assert.Equal((64.0, 64), worker.Potential(Sibling(3)));
    }

    [Fact]
    public void Potential_OfAServerThatPublishes_HasWhatItSays_AMomentLater()
    {
        var worker = new DynamoWorker(sent: null);
        var blocks = Sibling(1).Plan.PromptBlocks.ToArray();
        worker.Published([.. blocks[..50].Select(block => new CacheChange(block, IsKnown: true))], 1_000_000);
        worker.Published([new CacheChange(blocks[40], IsKnown: false)], 2_000_000);

        Assert.Equal(64, worker.Potential(Sibling(2, 1_009_999)).Prefill);
        Assert.Equal(14, worker.Potential(Sibling(2, 1_010_000)).Prefill);
        // What is behind a gap cannot be used.
        Assert.Equal(24, worker.Potential(Sibling(2, 2_010_000)).Prefill);
    }

    [Fact]
    public void Potential_OfAServerThatPublishesNothing_HasWhatWasSent()
    {
        var worker = new DynamoWorker(new PrefixHistory(100));
        var first = Sibling(1);
        worker.Add(first);
        worker.Free(first);

        Assert.Equal(14, worker.Potential(Sibling(2)).Prefill);
    }

    private static SimulatedCall Sibling(ulong own, long arrivedAt = 0) => new(0, new PlannedCall
    {
        Delay = 0,
        Conversation = own,
        Blocks = new TokenChain().Append(1_000, Common).Append(own, Tokens - Common + 16).ToBlocks(),
        PromptTokens = Tokens,
        OutputTokens = 16,
    })
    {
        ArrivedAt = arrivedAt,
    };
}
