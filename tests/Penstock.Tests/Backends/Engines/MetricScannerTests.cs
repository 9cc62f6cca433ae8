using System.Text;
using FsCheck.Fluent;
using Penstock.Backends.Http.Engines;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends.Engines;

public sealed class MetricScannerTests
{
    [Theory]
    [InlineData("a 1", "a=1")]
    [InlineData("a 1\nb 2", "a=1 b=2")]
    [InlineData("a{} 1", "a=1")]
    [InlineData("a{x=\"1\"} 2.5e+01", "a=25")]
    [InlineData("a{x=\"}\"} 3 1700000000000", "a=3")]
    [InlineData("a{x=\"\\\"}\"} 4 # {trace_id=\"1\"} 0.5", "a=4")]
    [InlineData("# TYPE a gauge\r\na\t1\r\n\r\n  b 2  \r\n", "a=1 b=2")]
    [InlineData("a NaN\nb +Inf\nc -1\nd x\ne", "a=? b=? c=? d=?")]
    [InlineData("a{x=\"1 2\nb 3", "b=3")]
    [InlineData("{x=\"1\"} 2\nb 3", "b=3")]
    [InlineData("", "")]
    public void Next_Lines_GiveNamesAndNumbers(string page, string expected)
    {
        var scanner = new MetricScanner(Encoding.UTF8.GetBytes(page));
        var found = new List<string>();

        while (scanner.Next(out var line)) found.Add(FormattableString.Invariant($"{Encoding.UTF8.GetString(line.Name)}={line.Value?.ToString() ?? "?"}"));

        Assert.Equal(expected, string.Join(' ', found));
    }

    [Theory]
    [InlineData("a{x=\"1\",y=\"2\"} 0", "y", "2")]
    [InlineData("a{ x = \"1\" , y = \"2\" } 0", "y", "2")]
    [InlineData("a{x=\"y=\\\"3\\\",\",y=\"2\",} 0", "y", "2")]
    [InlineData("a{xy=\"1\"} 0", "y", "")]
    [InlineData("a 0", "y", "")]
    public void Label_ByName_IsItsValue(string page, string name, string expected)
    {
        var scanner = new MetricScanner(Encoding.UTF8.GetBytes(page));

        Assert.True(scanner.Next(out var line));

        Assert.Equal(expected, Encoding.UTF8.GetString(line.Label(Encoding.UTF8.GetBytes(name))));
    }

    // Whatever a server sends: the walk ends, and every place in it is inside the page.
    [Fact]
    public void Next_AnyBytes_Ends() => ForAll.Check(
        Gen.Elements("vllm:num_requests_running", "vllm:cache_config_info", "{", "}", "\"", "\\", "=", ",", " ", "\n", "1", "e9", "NaN", "block_size", "#", "é").ArrayOf()
            .Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts))),
        page =>
        {
            var scanner = new MetricScanner(page);
            var lines = 0;
            while (scanner.Next(out var line))
            {
                _ = line.Value;
                _ = line.Label("block_size"u8).Length;
                lines++;
            }

            Assert.InRange(lines, 0, page.Count(b => b == '\n') + 1);
            _ = EngineMetrics.Read(page).ToReading(0);
        },
        2000);
}
