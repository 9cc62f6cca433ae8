using System.Globalization;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Routing.Prefix;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Routing.Prefix;

/// <summary>A pool of servers that are only routed to, what is known of them, and a clock that stands.</summary>
internal sealed class PrefixRig
{
    /// <summary>So many tokens are in a block of <see cref="Prompt"/>, and half a block more at its end.</summary>
    public const int BlockTokens = 64;

    private readonly int? _seats;

    /// <param name="servers">How many servers there are: named by their index.</param>
    /// <param name="seats">Seats of each; null: any number.</param>
    /// <param name="stickiness">Seconds.</param>
    public PrefixRig(int servers, int? seats = null, double stickiness = 2)
    {
        _seats = seats;
        Servers = [.. Enumerable.Range(0, servers).Select(NewServer)];
        Pools = new PrefixPools(Time);
        Known = Pools.For(Servers);
        Pools.Keep();
        Picker = new PrefixPicker(Known, TimeSpan.FromSeconds(stickiness));
        Pool = new Pool(Servers, Picker);
    }

    public ManualTime Time { get; } = new();

    public Backend[] Servers { get; }

    public PrefixPools Pools { get; }

    public PrefixPool Known { get; }

    public PrefixPicker Picker { get; }

    public Pool Pool { get; }

    /// <summary>Hashes of the blocks of a conversation, none of which another has.</summary>
    public static ulong[] Blocks(int conversation, int length)
    {
        var blocks = new ulong[length];
        var hash = BlockHash.Mix(1, (ulong)conversation);
        for (var i = 0; i < length; i++) blocks[i] = hash = BlockHash.Mix(hash, (ulong)i);
        return blocks;
    }

    /// <summary>The beginning of a conversation.</summary>
    public static PromptShape Prompt(int conversation, int blocks = 20, double outputTokens = 0, ulong session = 0) =>
        new(Blocks(conversation, blocks), BlockTokens * (blocks + 0.5), outputTokens, session);

    /// <summary>One more server that nobody knows yet.</summary>
    public Backend NewServer(int index)
    {
        var name = index.ToString(CultureInfo.InvariantCulture);
        var health = new BackendHealth(name, Time);
        health.Configure(new HealthConfig { IsProbed = true, HealthyAfter = 1, UnhealthyAfter = 1 }, new BreakerConfig());
        return TestBackends.New(new BackendConfig { Name = name, Type = "test", MaxConcurrency = _seats }, health);
    }

    /// <summary>A reload, after which the pool has other members.</summary>
    public PrefixPool Reload(params Backend[] members)
    {
        Pools.Begin();
        var pool = Pools.For(members);
        Pools.Keep();
        return pool;
    }

    /// <summary>A call goes to a server, whatever the policy thinks.</summary>
    public Pick Send(int server, PromptShape prompt)
    {
        Assert.True(Pool.TryTake(Servers[server], prompt, out var pick));
        return pick;
    }

    /// <summary>A call to a server is read, answered and over. It takes no time, of which nothing could be learned.</summary>
    public void Call(int server, PromptShape prompt, TokenUsage? usage = null)
    {
        using var pick = Send(server, prompt);
        pick.Dispatch!.FirstToken(TimeSpan.Zero);
        pick.Dispatch.Answered(TimeSpan.Zero, usage);
    }

    /// <summary>So many calls stand in a server, whose prompts nobody else has.</summary>
    public void Busy(int server, int calls)
    {
        for (var i = 0; i < calls; i++) Send(server, Prompt(1_000_000 + (1000 * server) + i));
    }

    /// <summary>How many blocks of a prompt a server is expected to have.</summary>
    public double Held(int server, PromptShape prompt) =>
        Picker.Explain(Servers, [], prompt, out _).Single(cost => cost.Backend == Servers[server]).CachedTokens / prompt.BlockTokens;

    /// <summary>The server that would be chosen; -1: a full one is to be waited for.</summary>
    public int Choice(PromptShape prompt) => Array.IndexOf(Servers, Picker.Pick(Servers, [], prompt));

    /// <summary>A server says something of itself, now.</summary>
    public void Tell(int server, double? startedAt = null, long? cacheTokens = null, params bool[] slots) => Servers[server].State.Told(
        new EngineReport(EngineOutcome.Told, new EngineReading
        {
            Kind = slots.Length > 0 ? EngineKind.LlamaCpp : EngineKind.Vllm,
            ReadAt = Time.GetTimestamp(),
            StartedAt = startedAt,
            CacheTokens = cacheTokens,
            Slots = slots.Length > 0 ? [.. slots.Select((isProcessing, i) => new SlotReading(i, isProcessing, 4096))] : null,
        }),
        Time);
}
