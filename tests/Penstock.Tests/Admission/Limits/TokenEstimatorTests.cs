using Penstock.Admission.Limits;
using Xunit;

namespace Penstock.Tests.Admission.Limits;

public sealed class TokenEstimatorTests
{
    [Fact]
    public void EstimatePrompt_NothingLearned_IsFourBytesAToken()
    {
        var estimator = new TokenEstimator();

        Assert.Equal([0, 1, 1, 25, 26], new long[] { 0, 1, 4, 100, 101 }.Select(estimator.EstimatePrompt));
        Assert.Equal(256, estimator.EstimateOutput(256));
    }

    [Fact]
    public void EstimatePrompt_PromptsThatAreLonger_FollowsThem()
    {
        var estimator = new TokenEstimator();
        for (var i = 0; i < 200; i++) estimator.LearnPrompt(bytes: 1000, tokens: 500);

        Assert.InRange(estimator.EstimatePrompt(1000), 499, 501);
    }

    [Theory]
    [InlineData(long.MaxValue, 1000)]
    [InlineData(1, 63)]
    public void LearnPrompt_Nonsense_IsBounded(long tokens, long estimate)
    {
        var estimator = new TokenEstimator();
        for (var i = 0; i < 1000; i++) estimator.LearnPrompt(bytes: 1000, tokens);

        Assert.InRange(estimator.EstimatePrompt(1000), estimate - 1, estimate + 1);
    }

    [Fact]
    public void EstimateOutput_AnswersSeen_IsTheirAverage()
    {
        var estimator = new TokenEstimator();
        for (var i = 0; i < 500; i++) estimator.LearnOutput(i % 2 == 0 ? 50 : 150);

        Assert.InRange(estimator.EstimateOutput(256), 90, 110);
    }
}
