using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Penstock.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Telemetry;

public sealed class LogLineTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 4, 5, 678, TimeSpan.Zero);

    private static readonly Gen<string> Value = Gen.Elements(
            "a", " ", "=", "\"", "\\", "\n", "\r", "\0", "\t", "\u001b[31m", "é", "漢", "😀", "\ud800", "\u2028", "\u0085", "'", "status=200", "\",\"x\":\"")
        .ListOf().Select(string.Concat);

    [Fact]
    public void Text_Line_HasTimeLevelAndPairs() => Assert.Equal(
        "2026-01-02T12:04:05.678Z warning access id=a path=\"a b\" empty=\"\" status=200 latency_ms=1.002\n",
        Build(LogFormat.Text, 1024));

    [Fact]
    public void Json_Line_HasTimeLevelAndFields() => Assert.Equal(
        "{\"time\":\"2026-01-02T12:04:05.678Z\",\"level\":\"warning\",\"event\":\"access\",\"id\":\"a\",\"path\":\"a b\",\"empty\":\"\",\"status\":200,\"latency_ms\":1.002}\n",
        Build(LogFormat.Json, 1024));

    [Fact]
    public void Json_AnyValues_ReadBack() => ForAll.Check(Gen.Zip(Value, Value), v =>
    {
        var line = new LogLine(new byte[64 * 1024], LogFormat.Json, Noon, "info"u8);
        line.Message(v.Item1);
        line.Text("a"u8, v.Item2);
        line.Number("n"u8, long.MinValue);

        var json = JsonSerializer.Deserialize<JsonElement>(OneLine(line.Finish()));

        Assert.Equal(["time", "level", "message", "a", "n"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(v.Item1.Replace('\ud800', '\uFFFD'), json.GetProperty("message").GetString()!);
        Assert.Equal(v.Item2.Replace('\ud800', '\uFFFD'), json.GetProperty("a").GetString()!);
        Assert.Equal(long.MinValue, json.GetProperty("n").GetInt64());
    });

    [Fact]
    public void Text_AnyValues_AreTheOnlyPairs() => ForAll.Check(Gen.Zip(Value, Value), v =>
    {
        var line = new LogLine(new byte[64 * 1024], LogFormat.Text, Noon, "info"u8);
        line.Event("access"u8);
        line.Text("a"u8, v.Item1);
        line.Text("b"u8, v.Item2);
        line.Number("n"u8, 5);

        var pairs = TextLine.Pairs(OneLine(line.Finish()));

        Assert.Equal(["a", "b", "n"], pairs.Select(p => p.Key));
        Assert.Equal(v.Item1.Replace('\ud800', '\uFFFD'), pairs[0].Value);
        Assert.Equal(v.Item2.Replace('\ud800', '\uFFFD'), pairs[1].Value);
    });

    // Whatever the room: the line is whole, and what is in it is true.
    [Fact]
    public void Line_TooLong_IsCutAndStaysValid() => ForAll.Check(Gen.Zip(Value, Gen.Choose(128, 512)), v =>
    {
        var text = string.Concat(Enumerable.Repeat(v.Item1.Replace('\ud800', 'x') + "y", 100));
        var line = new LogLine(new byte[v.Item2], LogFormat.Json, Noon, "info"u8);
        line.Text("long"u8, text);
        line.Text("next"u8, "z");
        line.Number("n"u8, 7);
        line.Milliseconds("ms"u8, TimeSpan.FromDays(1e6));
        var bytes = line.Finish();

        Assert.True(bytes.Length <= v.Item2);
        var json = JsonSerializer.Deserialize<JsonElement>(OneLine(bytes));
        Assert.StartsWith(json.GetProperty("long").GetString()!.TrimEnd('\uFFFD'), text, StringComparison.Ordinal);
        Assert.NotEqual("", json.GetProperty("long").GetString());
    }, 2000);

    [Theory]
    [InlineData(0, "0.000")]
    [InlineData(-5, "0.000")]
    [InlineData(10_000, "1.000")]
    [InlineData(12_345_678, "1234.567")]
    public void Milliseconds_Ticks_HaveThreeDecimals(long ticks, string expected)
    {
        var line = new LogLine(new byte[256], LogFormat.Text, Noon, "info"u8);
        line.Milliseconds("t"u8, TimeSpan.FromTicks(ticks));

        Assert.EndsWith($" t={expected}\n", Encoding.UTF8.GetString(line.Finish()), StringComparison.Ordinal);
    }

    private static string Build(LogFormat format, int size)
    {
        var line = new LogLine(new byte[size], format, Noon, "warning"u8);
        line.Event("access"u8);
        line.Text("id"u8, "a");
        line.Text("path"u8, "a b");
        line.Text("empty"u8, "");
        line.Number("status"u8, 200);
        line.Milliseconds("latency_ms"u8, TimeSpan.FromMicroseconds(1002));
        return Encoding.UTF8.GetString(line.Finish());
    }

    // Neither a control character nor anything that a reader could take for a line's end.
    private static string OneLine(ReadOnlySpan<byte> bytes)
    {
        var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text[..^1], c => char.IsControl(c) || c is '\u2028' or '\u2029');
        return text[..^1];
    }
}
