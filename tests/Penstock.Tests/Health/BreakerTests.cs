using Penstock.Configuration;
using Penstock.Health;
using Xunit;

namespace Penstock.Tests.Health;

public sealed class BreakerTests
{
    private readonly Breaker _breaker = new()
    {
        Rules = new BreakerConfig
        {
            Failures = 3,
            Window = TimeSpan.FromSeconds(30),
            Open = TimeSpan.FromSeconds(10),
        },
        HealthyAfter = 2,
    };

    [Fact]
    public void Failed_FewerThanTheRule_StaysClosed()
    {
        Assert.False(_breaker.Failed(At(0), isTrial: false));
        Assert.False(_breaker.Failed(At(1), isTrial: false));

        Assert.Equal(BreakerState.Closed, _breaker.StateAt(At(1)));
        Assert.True(_breaker.TryBegin(At(1), out var isTrial));
        Assert.False(isTrial);
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(30.1, false)]
    public void Failed_LastOfThree_OpensWithinTheWindowOnly(double last, bool opens)
    {
        _breaker.Failed(At(0), isTrial: false);
        _breaker.Failed(At(1), isTrial: false);

        Assert.Equal(opens, _breaker.Failed(At(last), isTrial: false));
        Assert.Equal(opens ? BreakerState.Open : BreakerState.Closed, _breaker.StateAt(At(last)));
    }

    // A count that starts anew every 30 s would see two and one here.
    [Fact]
    public void Failed_WindowSlides()
    {
        _breaker.Failed(At(0), isTrial: false);
        _breaker.Failed(At(29), isTrial: false);
        Assert.False(_breaker.Failed(At(31), isTrial: false));

        Assert.True(_breaker.Failed(At(33), isTrial: false));
    }

    [Fact]
    public void Succeeded_BetweenFailures_ResetsNothing()
    {
        _breaker.Failed(At(0), isTrial: false);
        _breaker.Failed(At(1), isTrial: false);
        Assert.False(_breaker.Succeeded(At(2), isTrial: false));

        Assert.True(_breaker.Failed(At(3), isTrial: false));
    }

    [Fact]
    public void Open_TakesNobody_UntilItsTimeIsOver()
    {
        OpenAt(0);

        Assert.Equal(At(10), _breaker.OpenUntil);
        Assert.False(_breaker.TryBegin(At(9.9), out _));
        Assert.Equal(BreakerState.HalfOpen, _breaker.StateAt(At(10)));
        Assert.True(_breaker.TryBegin(At(10), out var isTrial));
        Assert.True(isTrial);
    }

    [Fact]
    public void HalfOpen_TakesOneAtATime()
    {
        OpenAt(0);
        Assert.True(_breaker.TryBegin(At(10), out _));
        Assert.False(_breaker.TryBegin(At(11), out var second));
        Assert.False(second);

        // The caller left: nothing was shown, and the place is free.
        _breaker.EndTrial();

        Assert.Equal(BreakerState.HalfOpen, _breaker.StateAt(At(12)));
        Assert.True(_breaker.TryBegin(At(12), out _));
    }

    [Fact]
    public void HalfOpen_EnoughSuccesses_Closes()
    {
        OpenAt(0);
        Try(10);
        Assert.False(_breaker.Succeeded(At(11), isTrial: true));
        _breaker.EndTrial();
        Try(12);
        Assert.False(_breaker.IsFirstTrial);

        Assert.True(_breaker.Succeeded(At(13), isTrial: true));

        _breaker.EndTrial();
        Assert.Equal(BreakerState.Closed, _breaker.StateAt(At(13)));
        Assert.True(_breaker.TryBegin(At(13), out var isTrial));
        Assert.False(isTrial);
        // What was before it opened is forgotten.
        Assert.False(_breaker.Failed(At(14), isTrial: false));
    }

    [Fact]
    public void HalfOpen_OneFailure_OpensAgain()
    {
        OpenAt(0);
        Try(10);
        _breaker.Succeeded(At(11), isTrial: true);
        _breaker.EndTrial();
        Try(12);

        Assert.True(_breaker.Failed(At(13), isTrial: true));

        _breaker.EndTrial();
        Assert.Equal(At(23), _breaker.OpenUntil);
        Try(23);
        Assert.True(_breaker.IsFirstTrial);
        // The success before the failure counts no longer.
        Assert.False(_breaker.Succeeded(At(24), isTrial: true));
    }

    [Fact]
    public void Results_OfRequestsFromBefore_ChangeNothing()
    {
        OpenAt(0);
        Assert.False(_breaker.Succeeded(At(1), isTrial: false));
        Assert.False(_breaker.Failed(At(1), isTrial: false));
        Assert.Equal(At(10), _breaker.OpenUntil);

        Try(10);
        for (var i = 0; i < 5; i++)
        {
            Assert.False(_breaker.Succeeded(At(11), isTrial: false));
            Assert.False(_breaker.Failed(At(11), isTrial: false));
        }

        Assert.Equal(BreakerState.HalfOpen, _breaker.StateAt(At(12)));
    }

    // Where nobody knows whose result it is, it is the one's on trial, if there is one.
    [Fact]
    public void Results_WithNobodyOnTrial_ChangeNothing()
    {
        OpenAt(0);

        for (var i = 0; i < 5; i++)
        {
            Assert.False(_breaker.Succeeded(At(11), isTrial: true));
            Assert.False(_breaker.Failed(At(11), isTrial: true));
        }

        Assert.Equal(At(10), _breaker.OpenUntil);
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private void OpenAt(double seconds)
    {
        for (var i = 0; i < 3; i++) _breaker.Failed(At(seconds), isTrial: false);
        Assert.Equal(BreakerState.Open, _breaker.StateAt(At(seconds)));
    }

    private void Try(double seconds)
    {
        Assert.True(_breaker.TryBegin(At(seconds), out var isTrial));
        Assert.True(isTrial);
    }
}
