using System.Buffers.Text;
using Penstock.Configuration;

namespace Penstock.Backends.Http.Engines;

/// <summary>
/// What a server's metrics say, whichever server it is: the first name that belongs to one of them tells. Counts of several
/// engines or models in one server are added up; of their caches' use the most counts.
/// </summary>
internal struct EngineMetrics
{
    private double? _running;
    private double? _waiting;
    private double? _cacheUsage;
    private double? _cacheTokens;
    private double? _promptTokens;
    private double? _startedAt;

    /// <summary>What it was recognised as; null: nothing that is known here.</summary>
    public EngineKind? Kind { get; private set; }

    public static EngineMetrics Read(ReadOnlySpan<byte> page)
    {
        var metrics = new EngineMetrics();
        var scanner = new MetricScanner(page);
        while (scanner.Next(out var line)) metrics.Take(line);
        return metrics;
    }

    public readonly EngineReading ToReading(long readAt) => new()
    {
        Kind = Kind ?? EngineKind.OpenAi,
        ReadAt = readAt,
        Running = Count(_running),
        Waiting = Count(_waiting),
        CacheUsage = _cacheUsage is { } usage ? Math.Min(usage, 1) : null,
        CacheTokens = _cacheTokens is { } tokens and < long.MaxValue ? (long)tokens : null,
        StartedAt = _startedAt,
        PromptTokensRead = _promptTokens,
    };

    private static int? Count(double? value) => value is { } count ? (int)Math.Min(count, int.MaxValue) : null;

    private void Take(in MetricLine line)
    {
        var name = line.Name;
        if (name.StartsWith("vllm:"u8)) TakeVllm(name[5..], line);
        else if (name.StartsWith("sglang:"u8)) TakeSglang(name[7..], line);
        else if (name.StartsWith("llamacpp:"u8)) TakeLlamaCpp(name[9..], line);
        else if (name.SequenceEqual("process_start_time_seconds"u8)) Most(ref _startedAt, line.Value);
    }

    private void TakeVllm(ReadOnlySpan<byte> name, in MetricLine line)
    {
        if (!Is(EngineKind.Vllm)) return;
        if (name.SequenceEqual("num_requests_running"u8)) Add(ref _running, line.Value);
        else if (name.SequenceEqual("num_requests_waiting"u8)) Add(ref _waiting, line.Value);
        else if (name.SequenceEqual("kv_cache_usage_perc"u8) || name.SequenceEqual("gpu_cache_usage_perc"u8)) Most(ref _cacheUsage, line.Value);
        else if (name.SequenceEqual("prompt_tokens_total"u8)) Add(ref _promptTokens, line.Value);
        else if (name.SequenceEqual("cache_config_info"u8)) Add(ref _cacheTokens, CacheOf(line));
    }

    // Newer ones say the size itself; the number of blocks is None where it has not been found out.
    private static double? CacheOf(in MetricLine line)
    {
        if (Number(line.Label("kv_cache_size_tokens"u8)) is { } tokens) return tokens;
        return Number(line.Label("num_gpu_blocks"u8)) * Number(line.Label("block_size"u8));
    }

    private static double? Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long number, out var length) && length == text.Length && number > 0 ? number : null;

    private void TakeSglang(ReadOnlySpan<byte> name, in MetricLine line)
    {
        if (!Is(EngineKind.Sglang) || !IsOfFirstRank(line)) return;
        if (name.SequenceEqual("num_running_reqs"u8)) Add(ref _running, line.Value);
        else if (name.SequenceEqual("num_queue_reqs"u8)) Add(ref _waiting, line.Value);
        else if (name.SequenceEqual("token_usage"u8)) Most(ref _cacheUsage, line.Value);
        else if (name.SequenceEqual("max_total_num_tokens"u8)) Add(ref _cacheTokens, line.Value);
        else if (name.SequenceEqual("prompt_tokens_total"u8)) Add(ref _promptTokens, line.Value);
    }

    // The ranks of one model are one engine, which all of them may count.
    private static bool IsOfFirstRank(in MetricLine line) => IsFirst(line.Label("tp_rank"u8)) && IsFirst(line.Label("pp_rank"u8));

    private static bool IsFirst(ReadOnlySpan<byte> rank) => rank.IsEmpty || rank.SequenceEqual("0"u8);

    private void TakeLlamaCpp(ReadOnlySpan<byte> name, in MetricLine line)
    {
        if (!Is(EngineKind.LlamaCpp)) return;
        if (name.SequenceEqual("requests_processing"u8)) Add(ref _running, line.Value);
        else if (name.SequenceEqual("requests_deferred"u8)) Add(ref _waiting, line.Value);
        else if (name.SequenceEqual("kv_cache_usage_ratio"u8)) Most(ref _cacheUsage, line.Value);
        else if (name.SequenceEqual("prompt_tokens_total"u8)) Add(ref _promptTokens, line.Value);
    }

    private bool Is(EngineKind kind) => (Kind ??= kind) == kind;

    private static void Add(ref double? sum, double? value)
    {
        if (value is not null) sum = (sum ?? 0) + value;
    }

    private static void Most(ref double? most, double? value)
    {
        if (value is not null && !(most >= value)) most = value;
    }
}
