using System.Text.Json;
using FsCheck.Fluent;
using Penstock.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Telemetry;

public sealed class AccessLogTests
{
    private static readonly string[] AlwaysThere = ["id", "method", "path", "status", "latency_ms", "bytes_in", "bytes_out"];

    [Fact]
    public void Write_WholeEntry_HasEveryField()
    {
        var json = JsonSerializer.Deserialize<JsonElement>(Write(LogFormat.Json, "/v1/chat/completions", "m", isFull: true));

        Assert.Equal(
            ["time", "level", "event", "id", "method", "path", "status", "error", "model", "backend", "latency_ms", "ttft_ms", "prompt_tokens", "completion_tokens", "bytes_in", "bytes_out"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("access", json.GetProperty("event").GetString());
        Assert.Equal(1.5, json.GetProperty("ttft_ms").GetDouble());
        Assert.Equal(3, json.GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public void Write_WholeEntryAsText_HasTheSamePairs()
    {
        var line = Write(LogFormat.Text, "/v1/chat/completions", "a b", isFull: true);

        Assert.Contains(" info access id=r-1 method=POST path=/v1/chat/completions status=502 error=upstream_error model=\"a b\" backend=gpu latency_ms=12.000 ", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NothingKnown_LeavesFieldsOut()
    {
        var json = JsonSerializer.Deserialize<JsonElement>(Write(LogFormat.Json, "/", null, isFull: false));

        Assert.Equal(["time", "level", "event", .. AlwaysThere], json.EnumerateObject().Select(p => p.Name));
    }

    // However long and odd what the caller sends is, it pushes nothing else out of the line.
    [Fact]
    public void Write_LongValues_KeepEveryOtherField()
    {
        var value = Gen.Elements("\u0001", "\"", "é", "漢", "😀", "a", "\u2028").Select(s => string.Concat(Enumerable.Repeat(s, 2000)));
        ForAll.Check(Gen.Zip(value, value), v =>
        {
            var json = JsonSerializer.Deserialize<JsonElement>(Write(LogFormat.Json, "/" + v.Item1, v.Item2, isFull: true));
            var pairs = TextLine.Pairs(Write(LogFormat.Text, "/" + v.Item1, v.Item2, isFull: true));

            var names = json.EnumerateObject().Select(p => p.Name).ToArray();
            Assert.Equal(16, names.Length);
            Assert.Equal(names[3..], pairs.Select(p => p.Key));
            Assert.Equal(502, json.GetProperty("status").GetInt32());
            Assert.StartsWith(json.GetProperty("path").GetString()!.TrimEnd('\uFFFD'), "/" + v.Item1, StringComparison.Ordinal);
            Assert.True(json.GetProperty("path").GetString()!.Length > 60);
            Assert.True(json.GetProperty("model").GetString()!.Length > 60);
        });
    }

    [Fact]
    public void Write_NoSink_DoesNothing()
    {
        var log = new AccessLog(null, LogFormat.Json, TimeProvider.System);

        Assert.False(log.IsEnabled);
        log.Write(new AccessLogEntry { RequestId = "r", Method = "GET", Path = "/", Status = 200, Latency = TimeSpan.Zero });
    }

    private static string Write(LogFormat format, string path, string? model, bool isFull)
    {
        var output = new CollectedOutput();
        using (var sink = new LogSink(output))
        {
            new AccessLog(sink, format, TimeProvider.System).Write(new AccessLogEntry
            {
                RequestId = "r-1",
                Method = "POST",
                Path = path,
                Model = model,
                Status = isFull ? 502 : 200,
                Latency = TimeSpan.FromMilliseconds(12),
                Error = isFull ? "upstream_error" : null,
                Backend = isFull ? "gpu" : null,
                TimeToFirstToken = isFull ? TimeSpan.FromMilliseconds(1.5) : null,
                PromptTokens = isFull ? 2 : null,
                CompletionTokens = isFull ? 3 : null,
            });
        }

        return Assert.Single(output.Lines);
    }
}
