using System.Text;
using Penstock.Backends;
using Penstock.Backends.Http.Engines;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Backends.Engines;

public sealed class EngineMetricsTests
{
    [Fact]
    public void Read_Vllm_AddsItsEnginesUp()
    {
        var metrics = Read(EngineTexts.Vllm);

        Assert.Equal(EngineKind.Vllm, metrics.Kind);
        Assert.Equal(
            new EngineReading
            {
                Kind = EngineKind.Vllm,
                ReadAt = 5,
                Running = 20,
                Waiting = 3,
                CacheUsage = 0.5,
                CacheTokens = 2 * 32768 * 16,
                StartedAt = 1.76368e9,
                PromptTokensRead = 8128902,
            },
            metrics.ToReading(5));
    }

    [Theory]
    [InlineData("vllm:gpu_cache_usage_perc{model_name=\"m\"} 0.75", 0.75, null)]
    [InlineData("vllm:kv_cache_usage_perc 1.5", 1.0, null)]
    [InlineData("vllm:cache_config_info{block_size=\"16\",num_gpu_blocks=\"661\",kv_cache_size_tokens=\"10500\"} 1", null, 10500L)]
    [InlineData("vllm:cache_config_info{block_size=\"16\",num_gpu_blocks=\"None\"} 1", null, null)]
    [InlineData("vllm:cache_config_info{block_size=\"16\"} 1", null, null)]
    public void Read_VllmsCache_AsEachVersionSaysIt(string line, double? usage, long? tokens)
    {
        var reading = Read(line).ToReading(0);

        Assert.Equal((usage, tokens), (reading.CacheUsage, reading.CacheTokens));
    }

    // The ranks of a model all tell of the same calls.
    [Fact]
    public void Read_Sglang_CountsOneRank()
    {
        var reading = Read(EngineTexts.Sglang).ToReading(0);

        Assert.Equal((EngineKind.Sglang, 7, 2, 0.28, 471258L), (reading.Kind, reading.Running, reading.Waiting, reading.CacheUsage, reading.CacheTokens));
        Assert.Equal(8128902, reading.PromptTokensRead);
    }

    [Fact]
    public void Read_LlamaCpp_HasItsLine()
    {
        var reading = Read(EngineTexts.LlamaCpp).ToReading(0);

        Assert.Equal((EngineKind.LlamaCpp, 2, 1, 4096), (reading.Kind, reading.Running, reading.Waiting, reading.PromptTokensRead));
    }

    [Theory]
    [InlineData("")]
    [InlineData("penstock_in_flight_requests 1\nprocess_start_time_seconds 1")]
    [InlineData("<html>vllm:num_requests_running</html>")]
    public void Read_AnythingElse_IsNoKind(string page) => Assert.Null(Read(page).Kind);

    [Fact]
    public void Reading_ThatIsOlderThanThreeSeconds_IsStale()
    {
        var time = new Tools.ManualTime();
        var reading = Read(EngineTexts.Vllm).ToReading(time.GetTimestamp());

        time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(reading.IsFresh(time));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(reading.IsFresh(time));
    }

    private static EngineMetrics Read(string page) => EngineMetrics.Read(Encoding.UTF8.GetBytes(page));
}
