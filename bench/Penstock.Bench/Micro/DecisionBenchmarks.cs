using System.Runtime.CompilerServices;
using System.Text;
using BenchmarkDotNet.Attributes;
using Penstock.Backends;
using Penstock.Backends.Echo;
using Penstock.Configuration;
using Penstock.Forwarding;
using Penstock.Health;
using Penstock.Protocol;
using Penstock.Routing.Prefix;

namespace Penstock.Bench.Micro;

/// <summary>What it takes to choose one of eight servers for a prompt of 100 KB, of which two of them have three quarters.</summary>
[MemoryDiagnoser]
public class DecisionBenchmarks
{
    private const int PromptBytes = 100 * 1024;

    private byte[] _json = [];
    private ChatRequest _request;
    private JsonBody _body = null!;
    private Backend[] _backends = [];
    private PrefixPicker _picker = null!;
    private Conversation _conversation = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _backends = [.. Enumerable.Range(0, 8).Select(NewBackend)];
        _picker = new PrefixPicker(new PrefixPools(TimeProvider.System).For(_backends), TimeSpan.FromSeconds(2));
        // A full index, in which looking anything up misses the processor's caches as it would in production.
        for (var i = 0; i < 8 * 80; i++) Dispatch(Read(Prompt(i + 1, PromptBytes)), _backends[i % 8]);
        _json = Prompt(0, PromptBytes);
        foreach (var warm in _backends[2..4]) Dispatch(Read(Prompt(0, PromptBytes * 3 / 4)), warm);
        RequestParser.TryParse(_json, strict: true, out _request, out _);
        _body = new JsonBody(_json, _request, hasUsageOption: true, "application/json");
        _conversation = Read(_json);
    }

    [Benchmark]
    public int Hash()
    {
        using var chain = new PrefixChain(_json.Length);
        CanonicalPrompt.Write(_json, _request, chain);
        return chain.Blocks.Length;
    }

    [Benchmark]
    public string Choose() => _picker.Pick(_backends, [], _conversation.Prompt)!.Name;

    [Benchmark]
    public string HashAndChoose()
    {
        using var conversation = new Conversation(_body, null, 25_000, 256, 0);
        return _picker.Pick(_backends, [], conversation.Prompt)!.Name;
    }

    [Benchmark]
    public string HashChooseAndEnter()
    {
        using var conversation = new Conversation(_body, null, 25_000, 256, 0);
        var chosen = _picker.Pick(_backends, [], conversation.Prompt)!;
        _picker.Begin(chosen, conversation.Prompt)!.Dispose();
        return chosen.Name;
    }

    private void Dispatch(Conversation conversation, Backend backend)
    {
        var dispatch = _picker.Begin(backend, conversation.Prompt)!;
        dispatch.FirstToken(TimeSpan.FromSeconds(3));
        dispatch.Answered(TimeSpan.FromSeconds(4), null);
    }

    private static Conversation Read(byte[] json)
    {
        RequestParser.TryParse(json, strict: true, out var request, out _);
        return new Conversation(new JsonBody(json, request, hasUsageOption: true, "application/json"), null, json.Length / 4, 256, 0);
    }

    // Lines of some seventy characters, as prompts have them.
    private static byte[] Prompt(int seed, int bytes)
    {
        var random = new Random(seed);
        var text = new StringBuilder("{\"model\":\"llama\",\"messages\":[{\"role\":\"user\",\"content\":\"");
        while (text.Length < bytes)
        {
            for (var length = random.Next(40, 100); length > 0; length--) text.Append((char)('a' + random.Next(26)));
            text.Append("\\n");
        }

        return Encoding.UTF8.GetBytes(text.Append("\"}]}").ToString());
    }

    private static Backend NewBackend(int index) => new(
        new BackendConfig { Name = $"gpu-{index}", Type = "http", Url = new Uri($"http://127.0.0.1:{8000 + index}") },
        new EchoBackend(TimeProvider.System),
        new BackendState(new StrongBox<long>(), new BackendHealth()));
}
