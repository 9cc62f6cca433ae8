using System.Globalization;
using FsCheck.Fluent;
using Penstock.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Protocol;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 6, 8, 49, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0", 0d)]
    [InlineData("2", 2d)]
    [InlineData(" 1.5 ", 1.5)]
    [InlineData("-3", 0d)]
    [InlineData("999999999999999999999999", 86400d)]
    [InlineData("Fri, 06 Nov 2026 08:49:37 GMT", 37d)]
    [InlineData("Mon, 06 Nov 2026 08:49:37 GMT", 37d)]
    [InlineData("Friday, 06-Nov-26 08:49:37 GMT", 37d)]
    [InlineData("Fri Nov  6 08:49:37 2026", 37d)]
    [InlineData("Fri Nov 06 08:49:37 2026", 37d)]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", 0d)]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 0d)]
    [InlineData("Sun, 06 Nov 2094 08:49:37 GMT", 86400d)]
    [InlineData("", null)]
    [InlineData("soon", null)]
    [InlineData("NaN", null)]
    [InlineData("Infinity", null)]
    [InlineData("1e3", null)]
    [InlineData("1,5", null)]
    [InlineData("Fri, 31 Feb 2026 08:49:37 GMT", null)]
    [InlineData("Fri, 06 Nov 2026", null)]
    public void Find_Standard_IsSecondsOrADate(string value, double? seconds) => AssertFinds(seconds, ("Retry-After", value));

    [Theory]
    [InlineData("1500", 1.5)]
    [InlineData("20.5", 0.0205)]
    [InlineData("-1", 0d)]
    [InlineData("86400001", 86400d)]
    [InlineData("1s", null)]
    [InlineData("", null)]
    public void Find_Milliseconds_IsANumber(string value, double? seconds) => AssertFinds(seconds, ("Retry-After-MS", value));

    [Theory]
    [InlineData("1s", 1d)]
    [InlineData("6m0s", 360d)]
    [InlineData("20ms", 0.02)]
    [InlineData("1h2m3.5s", 3723.5)]
    [InlineData("250µs", 0.00025)]
    [InlineData("1000000000ns", 1d)]
    [InlineData("-5s", 0d)]
    [InlineData("99999h", 86400d)]
    [InlineData("12", 12d)]
    [InlineData("0", 0d)]
    [InlineData("0.25", 0.25)]
    [InlineData("1793954970", 30d)]
    [InlineData("1793954970.5", 30.5)]
    [InlineData("1793954970500", 30.5)]
    [InlineData("1700000000", 0d)]
    [InlineData("2026-11-06T08:49:30Z", 30d)]
    [InlineData("2026-11-06T08:49:30.5Z", 30.5)]
    [InlineData("2026-11-06T08:49:30.500000001Z", 30.5)]
    [InlineData("2026-11-06T10:49:30+02:00", 30d)]
    [InlineData("2020-01-01T00:00:00Z", 0d)]
    [InlineData("1x", null)]
    [InlineData("s", null)]
    [InlineData("-", null)]
    [InlineData("1s2", null)]
    [InlineData("1.2.3s", null)]
    [InlineData(".s", null)]
    [InlineData("tomorrow", null)]
    [InlineData("", null)]
    public void Find_Reset_IsADurationOrAMoment(string value, double? seconds)
    {
        AssertFinds(seconds, ("x-ratelimit-reset-requests", value));
        AssertFinds(seconds, ("X-RateLimit-Reset-Tokens", value));
        AssertFinds(seconds, ("x-ratelimit-reset", value));
    }

    [Fact]
    public void Find_Several_TakesTheMostExact()
    {
        AssertFinds(0.5, ("x-ratelimit-reset", "9s"), ("Retry-After", "2"), ("retry-after-ms", "500"));
        AssertFinds(2, ("x-ratelimit-reset", "9s"), ("Retry-After", "2"), ("retry-after-ms", "?"));
        AssertFinds(9, ("x-ratelimit-reset", "9s"), ("Retry-After", "?"), ("retry-after-ms", "?"));
        AssertFinds(3, ("Retry-After", "?"), ("Retry-After", "3"), ("Retry-After", "4"));
    }

    [Fact]
    public void Find_Resets_TakesTheLongestOfWhatIsUsedUp()
    {
        AssertFinds(9, ("x-ratelimit-reset-requests", "9s"), ("x-ratelimit-reset-tokens", "1s"));
        AssertFinds(9, ("x-ratelimit-reset-tokens", "1s"), ("x-ratelimit-reset-requests", "9s"));
        AssertFinds(
            1, ("x-ratelimit-remaining-requests", "5"), ("x-ratelimit-reset-requests", "9s"),
            ("x-ratelimit-reset-tokens", "1s"), ("X-RateLimit-Remaining-Tokens", "0"));
        AssertFinds(null, ("x-ratelimit-reset-requests", "9s"), ("x-ratelimit-remaining-requests", "5"));
        AssertFinds(9, ("x-ratelimit-reset-requests", "9s"), ("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-remaining", "5"));
        AssertFinds(9, ("x-ratelimit-reset-requests", "9s"), ("x-ratelimit-remaining-requests", "?"));
    }

    [Fact]
    public void Find_NothingSaid_IsNull() => AssertFinds(null, ("Content-Type", "text/plain"), ("x-ratelimit-limit-requests", "9"));

    [Fact]
    public void Find_AnyText_IsNullOrWithinADay()
    {
        var names = Gen.Elements("retry-after-ms", "Retry-After", "x-ratelimit-reset", "x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-");
        var pieces = Gen.Elements(
            "1", "9", "0", "99999999999", "1e400", ".", "-", "+", "s", "m", "h", "ms", "µs", "NaN", "∞", " ", "T", "Z", ":", ", ", "Fri, ", "06 Nov 2026 08:49:37 GMT",
            "06-Nov-99 ", "Nov  6 ", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "\0", "\ud800");
        var values = pieces.ListOf().Select(string.Concat);
        var headers = Gen.Zip(names, values).Select(pair => new KeyValuePair<string, string>(pair.Item1, pair.Item2)).ListOf();
        var moments = Gen.Elements(Now, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, DateTimeOffset.UnixEpoch);

        ForAll.Check(Gen.Zip(headers, moments), c =>
        {
            var found = RetryAfter.Find([.. c.Item1], c.Item2);

            if (found is { } time) Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromHours(24));
        }, 5000);
    }

    private static void AssertFinds(double? seconds, params (string Name, string Value)[] headers)
    {
        var found = RetryAfter.Find([.. headers.Select(h => new KeyValuePair<string, string>(h.Name, h.Value))], Now);

        Assert.Equal(seconds?.ToString("0.#######", CultureInfo.InvariantCulture), found?.TotalSeconds.ToString("0.#######", CultureInfo.InvariantCulture));
    }
}
