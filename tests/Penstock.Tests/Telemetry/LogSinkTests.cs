using System.Globalization;
using System.Text;
using System.Text.Json;
using Penstock.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Telemetry;

public sealed class LogSinkTests
{
    [Fact]
    public async Task Write_ManyThreads_EveryLineComesOutWhole()
    {
        var output = new CollectedOutput();
        using (var sink = new LogSink(output))
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
            {
                for (var i = 0; i < 500; i++) sink.Write(Line(thread, i));
            })));
        }

        var lines = output.Lines;
        Assert.Equal(2000, lines.Length);
        foreach (var ofThread in lines.GroupBy(l => l[0])) Assert.Equal(ofThread.Order(StringComparer.Ordinal), ofThread);
    }

    [Fact]
    public async Task Write_OutputBlocked_DropsAndCountsAndKeepsTheOrder()
    {
        var output = new CollectedOutput();
        output.Block();
        using var sink = new LogSink(output);
        sink.Write(Line(0, 0));
        await Patience.UntilAsync(() => output.BlockedWrites == 1, "the writer hangs in the output");

        // More than both buffers hold. It comes back at all: that is what it means not to block.
        const int Count = 60_000;
        for (var i = 1; i <= Count; i++) sink.Write(Line(0, i));
        var dropped = sink.Dropped;
        output.Unblock();
        await Patience.UntilAsync(() => output.Lines.Length == Count + 2 - dropped, "what was taken is written, and the loss reported");
        sink.Write(Line(1, 0));
        await Patience.UntilAsync(() => output.Text.Contains("\n1 000000", StringComparison.Ordinal), "it goes on");

        Assert.InRange(dropped, 1, Count);
        var lines = output.Lines.Where(l => l.StartsWith("0 ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(Count + 1 - dropped, lines.Length);
        Assert.Equal(Enumerable.Range(0, lines.Length).Select(i => Text(0, i)), lines);
        var report = JsonSerializer.Deserialize<JsonElement>(output.Lines.Single(l => l.Contains("dropped", StringComparison.Ordinal)));
        Assert.Equal(dropped, report.GetProperty("count").GetInt64());
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(ObjectDisposedException))]
    [InlineData(typeof(NotSupportedException))]
    public async Task Write_OutputBreaks_GoesOnWithoutALog(Type failure)
    {
        var output = new CollectedOutput { Failure = (Exception)Activator.CreateInstance(failure, "broken")! };
        using var sink = new LogSink(output);
        sink.Write(Line(0, 0));

        await Patience.UntilAsync(
            () =>
            {
                sink.Write(Line(0, 1));
                return sink.Dropped > 0;
            },
            "lines are counted as dropped");

        Assert.Equal("", output.Text);
    }

    [Fact]
    public void Write_LineLongerThanTheBuffer_IsDropped()
    {
        var output = new CollectedOutput();
        using (var sink = new LogSink(output))
        {
            sink.Write(new byte[1024 * 1024]);
            Assert.Equal(1, sink.Dropped);
            sink.Write(Line(0, 0));
        }

        Assert.Equal(Text(0, 0), output.Lines[0]);
    }

    [Fact]
    public void Dispose_Twice_WritesWhatIsLeftOnce()
    {
        var output = new CollectedOutput();
        var sink = new LogSink(output);
        sink.Write(Line(0, 0));

        sink.Dispose();
        sink.Dispose();
        sink.Write(Line(0, 1));

        Assert.Equal([Text(0, 0)], output.Lines);
        Assert.Equal(1, sink.Dropped);
    }

    [Fact]
    public async Task Dispose_OutputBlocked_GivesUp()
    {
        var output = new CollectedOutput();
        output.Block();
        var sink = new LogSink(output);
        sink.Write(Line(0, 0));

        await Task.Run(sink.Dispose).WaitAsync(Patience.Default);

        output.Unblock();
    }

    private static byte[] Line(int thread, int number) => Encoding.UTF8.GetBytes(Text(thread, number) + "\n");

    private static string Text(int thread, int number) => string.Create(CultureInfo.InvariantCulture, $"{thread} {number:d6} ..........");
}
