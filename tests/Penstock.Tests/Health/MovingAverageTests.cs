using Penstock.Health;
using Xunit;

namespace Penstock.Tests.Health;

public sealed class MovingAverageTests
{
    private readonly MovingAverage _average = new();

    [Fact]
    public void Value_WithoutObservations_IsNone() => Assert.Null(_average.Value);

    [Fact]
    public void Observe_TheFirst_IsTheAverage_AndAFifthOfEachLaterOne()
    {
        _average.Observe(TimeSpan.FromMilliseconds(100));
        Assert.Equal(TimeSpan.FromMilliseconds(100), _average.Value);

        _average.Observe(TimeSpan.FromMilliseconds(200));

        Assert.Equal(TimeSpan.FromMilliseconds(120), _average.Value);
    }

    [Fact]
    public async Task Observe_ManyThreads_LosesNone()
    {
        _average.Observe(TimeSpan.Zero);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10; i++) _average.Observe(TimeSpan.FromSeconds(1));
        })));

        // Each of 40 closes a fifth of what is left to a second.
        Assert.Equal(1 - Math.Pow(0.8, 40), _average.Value!.Value.TotalSeconds, 6);
    }
}
