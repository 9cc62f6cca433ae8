using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.ToolsTests;

public sealed class PrometheusTextTests
{
    private const string Classic =
        """
        # A comment, which is nobody's business.
        # HELP http_requests_total The total number of HTTP requests.
        # TYPE http_requests_total counter
        http_requests_total{method="post",code="200"} 1027 1395066363000
        http_requests_total{method="post",code="400"}    3 1395066363000

        # HELP escapes_info Escaping in \\ help\ntext.
        # TYPE escapes_info gauge
        escapes_info{path="C:\\DIR\\FILE.TXT",error="Cannot find \"FILE\"\nat all",} 1.458255915e9
        metric_without_timestamp_and_labels 12.47
        something_weird { problem = "division by zero" } +Inf -3982045
        # HELP request_duration_seconds A histogram.
        # TYPE request_duration_seconds histogram
        request_duration_seconds_bucket{route="a",le="0.05"} 24054
        request_duration_seconds_bucket{route="a",le="0.1"} 33444
        request_duration_seconds_bucket{route="a",le="+Inf"} 144320
        request_duration_seconds_sum{route="a"} 53423
        request_duration_seconds_count{route="a"} 144320
        request_duration_seconds_bucket{route="b",le="0.05"} 0
        request_duration_seconds_bucket{route="b",le="+Inf"} 0
        request_duration_seconds_sum{route="b"} 0
        request_duration_seconds_count{route="b"} 0
        # TYPE rpc_seconds summary
        rpc_seconds{quantile="0.5"} 4773
        rpc_seconds_sum 1.7560473e+07
        rpc_seconds_count 2693
        # TYPE nothing_yet gauge

        """;

    private const string OpenMetrics =
        """
        # TYPE foo_seconds counter
        # UNIT foo_seconds seconds
        # HELP foo_seconds Time \"spent\".
        foo_seconds_total{a="x"} 17.0 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67
        foo_seconds_created{a="x"} 1520430000.123
        # TYPE bar histogram
        bar_bucket{le="0.1"} 8 # {} 0.054
        bar_bucket{le="1.0"} 10 # {trace_id="x"} 0.67 1520879607.789
        bar_bucket{le="+Inf"} 17
        bar_count 17
        bar_sum 324789.3
        # TYPE build info
        build_info{version="1"} 1
        # TYPE temperature gauge
        temperature{} -3.5
        # EOF

        """;

    [Fact]
    public void Classic_Valid_IsRead()
    {
        var text = PrometheusText.Parse(Classic, openMetrics: false);

        Assert.Equal(1027, text.Value("http_requests_total", ("code", "200")));
        Assert.Equal(1030, text.Sum("http_requests_total", ("method", "post")));
        Assert.Equal("Escaping in \\ help\ntext.", text.Family("escapes_info").Help);
        Assert.Equal("C:\\DIR\\FILE.TXT", text.Family("escapes_info").Samples[0].Label("path"));
        Assert.Equal("Cannot find \"FILE\"\nat all", text.Family("escapes_info").Samples[0].Label("error"));
        Assert.Equal("untyped", text.Family("metric_without_timestamp_and_labels").Type);
        Assert.Equal(double.PositiveInfinity, text.Value("something_weird"));
        Assert.Equal(53423, text.Value("request_duration_seconds_sum", ("route", "a")));
        Assert.Equal(33444, text.Value("request_duration_seconds_bucket", ("route", "a"), ("le", "0.1")));
        Assert.Equal(0.0, text.Sum("no_such_metric"));
    }

    [Fact]
    public void OpenMetrics_Valid_IsRead()
    {
        var text = PrometheusText.Parse(OpenMetrics, openMetrics: true);

        Assert.Equal(17, text.Value("foo_seconds_total", ("a", "x")));
        Assert.Equal("Time \"spent\".", text.Family("foo_seconds").Help);
        Assert.Equal("seconds", text.Family("foo_seconds").Unit);
        Assert.Equal(-3.5, text.Value("temperature"));
        Assert.True(text.Family("bar").Samples[0].HasExemplar);
        Assert.Single(PrometheusText.Parse("# TYPE a gauge\na 1\n# EOF", openMetrics: true).Samples);
    }

    [Fact]
    public void Value_OfNoneOrSeveral_Throws()
    {
        var text = PrometheusText.Parse(Classic, openMetrics: false);
        Assert.Throws<KeyNotFoundException>(() => text.Value("http_requests_total"));
        Assert.Throws<KeyNotFoundException>(() => text.Value("http_requests_total", ("code", "500")));
        Assert.Throws<KeyNotFoundException>(() => text.Family("absent"));
    }

    [Theory]
    [InlineData(1, "a 1")]
    [InlineData(1, "a 1\r\n")]
    [InlineData(1, "a\n")]
    [InlineData(1, "1a 1\n")]
    [InlineData(1, "a-b 1\n")]
    [InlineData(1, "a one\n")]
    [InlineData(1, "a 0x10\n")]
    [InlineData(1, "a 1_000\n")]
    [InlineData(1, "a 1,5\n")]
    [InlineData(1, "a nan\n")]
    [InlineData(1, "a 1 1.5\n")]
    [InlineData(1, "a 1 2 3\n")]
    [InlineData(1, "a{} 1 # {x=\"y\"} 1\n")]
    [InlineData(1, "a{b=\"c\" 1\n")]
    [InlineData(1, "a{b=\"c} 1\n")]
    [InlineData(1, "a{b=c} 1\n")]
    [InlineData(1, "a{b=\"c\\x\"} 1\n")]
    [InlineData(1, "a{b=\"c\\\"} 1\n")]
    [InlineData(1, "a{b.c=\"d\"} 1\n")]
    [InlineData(1, "a{b:c=\"d\"} 1\n")]
    [InlineData(1, "a{__name__=\"d\"} 1\n")]
    [InlineData(1, "a{b=\"1\",b=\"2\"} 1\n")]
    [InlineData(1, "a{,} 1\n")]
    [InlineData(1, "a{b=\"1\",,c=\"2\"} 1\n")]
    [InlineData(1, "a{b=\"1\" c=\"2\"} 1\n")]
    [InlineData(2, "a{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 1\n")]
    [InlineData(2, "a 1\na 2\n")]
    [InlineData(3, "a{x=\"1\"} 1\nb 1\na{x=\"2\"} 1\n")]
    [InlineData(2, "a 1\n# TYPE a gauge\n")]
    [InlineData(2, "a 1\n# HELP a Late.\n")]
    [InlineData(2, "# TYPE a gauge\n# TYPE a gauge\n")]
    [InlineData(2, "# HELP a One.\n# HELP a Two.\n")]
    [InlineData(3, "# HELP a One.\n# HELP b Two.\n# TYPE a gauge\n")]
    [InlineData(1, "# TYPE a number\n")]
    [InlineData(1, "# TYPE a unknown\n")]
    [InlineData(1, "# TYPE a\n")]
    [InlineData(1, "# TYPE\n")]
    [InlineData(1, "# TYPE a-b gauge\n")]
    [InlineData(1, "# HELP a What \\t is this.\n")]
    [InlineData(2, "# TYPE a counter\na -1\n")]
    [InlineData(2, "# TYPE a counter\na NaN\n")]
    public void Classic_Invalid_IsRefusedWithItsLine(int line, string text) => Refused(line, text, openMetrics: false);

    [Theory]
    [InlineData(2, "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n")] // no +Inf
    [InlineData(2, "h_sum 1\nh_count 1\n")] // no buckets at all
    [InlineData(2, "h_bucket{le=\"+Inf\"} 1\nh_count 1\n")] // no sum
    [InlineData(2, "h_bucket{le=\"+Inf\"} 1\nh_sum 1\n")] // no count
    [InlineData(4, "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n")] // another count
    [InlineData(3, "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")] // not cumulative
    [InlineData(3, "h_bucket{le=\"10\"} 1\nh_bucket{le=\"9\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")] // order
    [InlineData(3, "h_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")] // twice
    [InlineData(3, "h_bucket{le=\"+Inf\"} 1\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n")] // +Inf first
    [InlineData(2, "h_bucket{le=\"x\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")] // no number
    [InlineData(2, "h_bucket 1\nh_sum 1\nh_count 1\n")] // no le
    [InlineData(2, "h 1\n")] // a bare sample
    [InlineData(2, "h_total 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")] // another family within
    [InlineData(5, "h_bucket{a=\"1\",le=\"+Inf\"} 1\nh_sum{a=\"1\"} 1\nh_count{a=\"1\"} 1\nh_sum{a=\"2\"} 1\nh_count{a=\"2\"} 1\n")]
    [InlineData(4, "h_bucket{a=\"1\",le=\"+Inf\"} 1\nh_sum{a=\"2\"} 1\nh_sum{a=\"1\"} 1\n")] // label sets mixed
    public void Histogram_Invalid_IsRefused(int line, string samples)
    {
        // A family that is torn is refused where it goes on, one that lacks a line where its group begins.
        var error = Refused(null, "# TYPE h histogram\n" + samples, openMetrics: false);
        if (!samples.StartsWith("h_total", StringComparison.Ordinal))
            Assert.StartsWith($"line {line}: ", error, StringComparison.Ordinal);
        Refused(null, "# TYPE h histogram\n" + samples + "# EOF\n", openMetrics: true);
    }

    [Theory]
    [InlineData(3, "# TYPE a gauge\na 1\n")] // no EOF
    [InlineData(3, "# TYPE a_x info\n# UNIT a_x x\na_x_info 1\n# EOF\n")]
    [InlineData(2, "# EOF\na 1\n")]
    [InlineData(2, "# EOF\n\n")]
    [InlineData(1, "\n# EOF\n")]
    [InlineData(1, "# just a comment\n# EOF\n")]
    [InlineData(1, "#TYPE a gauge\n# EOF\n")]
    [InlineData(1, "# TYPE  a gauge\n# EOF\n")]
    [InlineData(1, "# TYPE a untyped\n# EOF\n")]
    [InlineData(2, "# TYPE a counter\na 1\n# EOF\n")]
    [InlineData(2, "# TYPE a_total counter\na_total 1\n# EOF\n")]
    [InlineData(2, "# TYPE a counter\na_created 1\n# EOF\n")]
    [InlineData(2, "# TYPE a counter\na_total -1\n# EOF\n")]
    [InlineData(2, "# TYPE a gauge\na  1\n# EOF\n")]
    [InlineData(2, "# TYPE a gauge\na 1 \n# EOF\n")]
    [InlineData(2, "# TYPE a gauge\na{b=\"c\",} 1\n# EOF\n")]
    [InlineData(2, "# TYPE a gauge\na{b=\"c\", d=\"e\"} 1\n# EOF\n")]
    [InlineData(2, "# TYPE a gauge\na{b=\"c\"}1\n# EOF\n")]
    [InlineData(2, "# TYPE a gauge\na 1 # {b=\"c\"} 1\n# EOF\n")]
    [InlineData(2, "# TYPE a counter\na_total 1 # 1\n# EOF\n")]
    [InlineData(2, "# TYPE a counter\na_total 1 # {b=\"c\"}\n# EOF\n")]
    [InlineData(2, "# TYPE a gauge\n# UNIT a seconds\n# EOF\n")]
    [InlineData(2, "# UNIT a_s s\n# UNIT a_s s\n# EOF\n")]
    [InlineData(2, "# TYPE a info\na_info 2\n# EOF\n")]
    [InlineData(2, "# TYPE a stateset\na{a=\"x\"} 2\n# EOF\n")]
    [InlineData(3, "# TYPE a gauge\na 1\n# HELP a Late.\n# EOF\n")]
    public void OpenMetrics_Invalid_IsRefusedWithItsLine(int line, string text) => Refused(line, text, openMetrics: true);

    [Fact]
    public void OpenMetrics_ExemplarTooLong_IsRefused()
    {
        var labels = new string('v', 128);
        Refused(2, $"# TYPE a counter\na_total 1 # {{b=\"{labels}\"}} 1\n# EOF\n", openMetrics: true);
    }

    [Theory]
    [InlineData("# HELP a_seconds A.\n# TYPE a_seconds gauge\na_seconds 1\n", null)]
    [InlineData("# TYPE a gauge\na 1\n", "no help")]
    [InlineData("# HELP a A.\na 1\n", "no type")]
    [InlineData("# HELP a A.\n# TYPE a counter\na 1\n", "_total")]
    [InlineData("# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n", "_total")]
    [InlineData("# HELP a_count A.\n# TYPE a_count gauge\na_count 1\n", "suffix")]
    [InlineData("# HELP a_milliseconds A.\n# TYPE a_milliseconds gauge\na_milliseconds 1\n", "seconds")]
    [InlineData("# HELP a_ms A.\n# TYPE a_ms gauge\na_ms 1\n", "abbreviated")]
    [InlineData("# HELP a_gauge A.\n# TYPE a_gauge gauge\na_gauge 1\n", "type")]
    [InlineData("# HELP aB A.\n# TYPE aB gauge\naB 1\n", "snake_case")]
    [InlineData("# HELP a A.\n# TYPE a gauge\na{bC=\"d\"} 1\n", "snake_case")]
    [InlineData("# HELP a A.\n# TYPE a gauge\na{le=\"d\"} 1\n", "le")]
    [InlineData("# HELP a:b A.\n# TYPE a:b gauge\na:b 1\n", "colons")]
    public void Lint_NamesTheProblem(string text, string? problem)
    {
        var problems = PrometheusText.Parse(text, openMetrics: false).Lint();
        if (problem is null)
            Assert.Empty(problems);
        else
            Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
    }

    private static string Refused(int? line, string text, bool openMetrics)
    {
        var error = Assert.Throws<FormatException>(() => PrometheusText.Parse(text, openMetrics));
        if (line is not null)
            Assert.StartsWith($"line {line}: ", error.Message, StringComparison.Ordinal);
        return error.Message;
    }
}
