using Penstock.Health;
using Xunit;

namespace Penstock.Tests.Health;

public sealed class PauseTests
{
    private readonly Pause _pause = new(TimeSpan.FromHours(1));

    [Fact]
    public void Extend_IsOnUntilThen()
    {
        Assert.False(_pause.IsOnAt(At(0)));

        _pause.Extend(At(1), At(5));

        Assert.True(_pause.IsOnAt(At(5.9)));
        Assert.False(_pause.IsOnAt(At(6)));
    }

    [Theory]
    [InlineData(5, 2)]
    [InlineData(2, 5)]
    public void Extend_Twice_TheLaterCounts(double first, double second)
    {
        _pause.Extend(At(0), At(first));
        _pause.Extend(At(0), At(second));

        Assert.Equal(At(5), _pause.Until);
    }

    [Fact]
    public void Extend_BeyondAllMeasure_IsCut()
    {
        _pause.Extend(At(0), TimeSpan.MaxValue);

        Assert.Equal(TimeSpan.FromHours(1), _pause.Until);
    }

    [Fact]
    public void Clear_EndsIt()
    {
        _pause.Extend(At(0), At(5));

        _pause.Clear();

        Assert.False(_pause.IsOnAt(At(1)));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
