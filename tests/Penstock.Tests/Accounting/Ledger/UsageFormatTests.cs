using System.Buffers;
using System.Text;
using System.Text.Json;
using Penstock.Accounting.Ledger;
using Xunit;

namespace Penstock.Tests.Accounting.Ledger;

/// <summary>Questions and answers of the ledger as people and programs write and read them.</summary>
public sealed class UsageFormatTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 13, 30, 0, TimeSpan.Zero);

    private static readonly UsageQuery Query = new()
    {
        From = Now.AddDays(-1),
        To = Now,
        GroupBy = [UsageGroup.Caller, UsageGroup.Model],
    };

    private static readonly UsageRow[] Rows =
    [
        new(["=cmd()", "a \"b\", c"], new UsageSums(1, 0, 20, 5, 7, 2, 1)),
        new(["-1", "line\nbreak"], new UsageSums(2, 1, 0, 0, 0, 0, 1_500_000_000_000)),
        new(["plain", ""], new UsageSums(3, 0, 0, 0, 0, 0, 0)),
    ];

    [Fact]
    public void Csv_OddNames_AreQuotedAndNoFormulas()
    {
        Assert.Equal(
            """
            caller,model,requests,errors,prompt_tokens,cached_tokens,completion_tokens,reasoning_tokens,cost_usd
            "'=cmd()","a ""b"", c",1,0,20,5,7,2,0.000000000001
            "'-1","line
            break",2,1,0,0,0,0,1.5
            plain,,3,0,0,0,0,0,0

            """.ReplaceLineEndings("\r\n").Replace("line\r\nbreak", "line\nbreak", StringComparison.Ordinal),
            UsageCsv.Write(Query, Rows));
    }

    [Fact]
    public void Json_Costs_AreExact()
    {
        var output = new ArrayBufferWriter<byte>();
        UsageJson.Write(output, Query, Rows);
        var json = JsonSerializer.Deserialize<JsonElement>(output.WrittenSpan);

        Assert.Equal("0.000000000001", json.GetProperty("data")[0].GetProperty("cost_usd").GetRawText());
        Assert.Equal("=cmd()", json.GetProperty("data")[0].GetProperty("caller").GetString());
        Assert.Equal(1.500000000001m, json.GetProperty("total").GetProperty("cost_usd").GetDecimal());
        Assert.Equal(6, json.GetProperty("total").GetProperty("requests").GetInt64());
        Assert.Equal("2026-11-20T13:30:00Z", json.GetProperty("from").GetString());
        Assert.DoesNotContain("\\u003D", Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-21", "2026-11-21T00:00:00+00:00")]
    [InlineData("2026-11-21T13:00:00Z", "2026-11-21T13:00:00+00:00")]
    [InlineData("2026-11-21t13:00:00.25z", "2026-11-21T13:00:00.25+00:00")]
    [InlineData("2026-11-21T13:00:00+02:00", "2026-11-21T11:00:00+00:00")]
    [InlineData("2026-11-21T13:00:00 02:00", "2026-11-21T11:00:00+00:00")]
    [InlineData("2026-11-21T13:00-01:30", "2026-11-21T14:30:00+00:00")]
    [InlineData("90m", "2026-11-21T12:00:00+00:00")]
    [InlineData("12h", "2026-11-21T01:30:00+00:00")]
    [InlineData("7d", "2026-11-14T13:30:00+00:00")]
    [InlineData("0m", "2026-11-21T13:30:00+00:00")]
    public void Moment_AsPeopleWriteIt_IsUnderstood(string text, string moment) =>
        Assert.Equal(DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture).UtcDateTime, UsageMoment.Parse(text, Now)?.UtcDateTime);

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2026-11-31")]
    [InlineData("2026-11-21T13:00:00")]
    [InlineData("21.11.2026")]
    [InlineData("-7d")]
    [InlineData("7y")]
    [InlineData("d")]
    [InlineData("999999999d")]
    public void Moment_AnythingElse_IsNot(string text) => Assert.Null(UsageMoment.Parse(text, Now));

    [Theory]
    [InlineData("caller,cost", "'cost' is not one of caller, model, backend, endpoint, hour, day")]
    [InlineData("day, day", "'day' is there twice")]
    public void Groups_Wrong_SayWhatWouldBeRight(string text, string message)
    {
        Assert.False(UsageQuery.TryParseGroups(text, out _, out var error));
        Assert.Equal(message, error);
    }
}
