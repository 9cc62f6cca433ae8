using Penstock.Backends;
using Penstock.Backends.Http;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends.Engines;

/// <summary>What comes of a server's answers about itself, over real sockets.</summary>
public sealed class EngineReporterTests : IAsyncLifetime, IDisposable
{
    private static readonly (string, int, string) NoMetrics = ("/metrics", 501, """{"error":{"code":501,"message":"not supported"}}""");

    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();
    private readonly HttpTransport _transport = new(new SystemNameResolver());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    public void Dispose() => _transport.Dispose();

    [Theory]
    [InlineData(EngineKind.Auto)]
    [InlineData(EngineKind.LlamaCpp)]
    public async Task Report_LlamaCpp_HasItsSlotsAndItsLine(EngineKind kind)
    {
        _upstream.TellsAsLlamaCpp();

        var reading = (await ReportAsync(New(kind))).Reading!;

        Assert.Equal((EngineKind.LlamaCpp, 7L, 2, 1, 2), (reading.Kind, reading.ReadAt, reading.Running, reading.Waiting, reading.Seats));
        Assert.Equal([new SlotReading(0, false, 4096), new SlotReading(1, true, 4096)], reading.Slots);
        Assert.Equal(8192, reading.CacheTokens);
    }

    [Theory]
    [InlineData(501)]
    [InlineData(404)]
    [InlineData(403)]
    public async Task Report_LlamaCppWithoutMetrics_CountsItsSlots_AndAsksForNoMoreMetrics(int status)
    {
        _upstream.Tells(("/metrics", status, "{}"), ("/props", 200, EngineTexts.Props), ("/slots", 200, EngineTexts.Slots));
        var backend = New(EngineKind.LlamaCpp);

        await ReportAsync(backend);
        var reading = (await ReportAsync(backend)).Reading!;

        Assert.Equal((1, null, 2), (reading.Running, reading.Waiting, reading.Seats));
        Assert.Equal(["/props", "/slots", "/metrics", "/slots"], _upstream.Questions.Select(q => q.Target));
    }

    [Fact]
    public async Task Report_LlamaCppWithoutSlots_HasItsSeatsAllTheSame()
    {
        _upstream.Tells(("/metrics", 200, EngineTexts.LlamaCpp), ("/props", 200, EngineTexts.Props), ("/slots", 501, "{}"));

        var reading = (await ReportAsync(New(EngineKind.Auto))).Reading!;

        Assert.Equal((2, 1, 2), (reading.Running, reading.Waiting, reading.Seats));
        Assert.Null(reading.Slots);
    }

    [Theory]
    [InlineData("[{\"id\":0}]")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Report_LlamaCppWithAnOddPageOfSlots_IsAskedForThemAgain(string? odd)
    {
        _upstream.Tells(NoMetrics, ("/props", 200, EngineTexts.Props), ("/slots", 200, odd ?? new string('[', 2 * 1024 * 1024)));
        var backend = New(EngineKind.LlamaCpp);
        var first = (await ReportAsync(backend)).Reading!;
        _upstream.TellsAsLlamaCpp();

        var second = (await ReportAsync(backend)).Reading!;

        Assert.Equal((2, null), (first.Seats, first.Slots));
        Assert.Equal(2, second.Slots?.Count);
    }

    // It came back with another number of them so fast that nobody saw it gone.
    [Fact]
    public async Task Report_LlamaCppWithOtherSlotsThanItsProps_HasThoseThatItShows()
    {
        _upstream.Tells(NoMetrics, ("/props", 200, """{"total_slots":8}"""), ("/slots", 200, EngineTexts.Slots));

        Assert.Equal(2, (await ReportAsync(New(EngineKind.LlamaCpp))).Reading!.Seats);
    }

    [Fact]
    public async Task Report_LlamaCpp_IsAskedForItsPropsOnceAMinute_AndAnOddPageTakesNoneAway()
    {
        _upstream.Tells(NoMetrics, ("/slots", 501, "{}"), ("/props", 200, """{"total_slots":4}"""));
        var backend = New(EngineKind.LlamaCpp);
        for (var i = 0; i < 60; i++) await ReportAsync(backend);
        Assert.Equal(1, _upstream.Questions.Count(q => q.Target == "/props"));

        _upstream.Tells(("/metrics", 200, EngineTexts.LlamaCpp), ("/slots", 501, "{}"), ("/props", 404, "{}"));
        Assert.Equal(4, (await ReportAsync(backend)).Reading!.Seats);

        _upstream.Tells(("/metrics", 200, EngineTexts.LlamaCpp), ("/slots", 501, "{}"), ("/props", 200, """{"total_slots":6}"""));
        for (var i = 0; i < 60; i++) await ReportAsync(backend);
        Assert.Equal(6, (await ReportAsync(backend)).Reading!.Seats);
    }

    [Fact]
    public async Task Report_LlamaCppWhosePlaceAnotherTook_IsNotItselfAfterAMinute()
    {
        _upstream.TellsAsLlamaCpp();
        var backend = New(EngineKind.LlamaCpp);
        await ReportAsync(backend);
        _upstream.TellsAsVllm();

        var outcomes = new List<EngineOutcome>();
        for (var i = 0; i < 60; i++) outcomes.Add((await ReportAsync(backend)).Outcome);

        Assert.Equal(EngineOutcome.TellsNothing, outcomes[^1]);
    }

    // Questions for its slots would bring its model back.
    [Fact]
    public async Task Report_LlamaCppThatSleeps_IsNotWoken()
    {
        _upstream.Tells(NoMetrics, ("/props", 200, """{"total_slots":4,"is_sleeping":true}"""));
        var backend = New(EngineKind.LlamaCpp);

        var reading = (await ReportAsync(backend)).Reading!;
        await ReportAsync(backend);

        Assert.Equal((0, 0, 4), (reading.Running, reading.Waiting, reading.Seats));
        Assert.Equal(["/props", "/props"], _upstream.Questions.Select(q => q.Target));
    }

    // It says of which build it is, and builds since a certain one keep prompts in RAM.
    [Theory]
    [InlineData("\"b9670-02810c7aa\"", true)]
    [InlineData("\"b6730-d00cbea6\"", true)]
    [InlineData("\"b6490-a0b1c2d3\"", false)]
    [InlineData("\"b1-a\"", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"unknown\"", false)]
    [InlineData("7000", false)]
    [InlineData("\"b\\ud800\"", false)]
    public async Task Report_LlamaCppOfABuild_KeepsPromptsOrNot(string build, bool keeps)
    {
        _upstream.Tells(NoMetrics, ("/props", 200, $$"""{"build_info":{{build}},"total_slots":2}"""), ("/slots", 200, EngineTexts.Slots));

        var reading = (await ReportAsync(New(EngineKind.LlamaCpp))).Reading!;

        Assert.Equal((2, keeps), (reading.Slots!.Count, reading.KeepsPrompts));
    }

    [Fact]
    public async Task Report_LlamaCppThatLoads_Loads_AndIsReadAnewAfterwards()
    {
        _upstream.TellsAsLlamaCpp();
        var backend = New(EngineKind.LlamaCpp);
        await ReportAsync(backend);

        _upstream.EngineScript = Scripts.Error(503, "Loading model");
        var loading = await ReportAsync(backend);
        _upstream.Tells(NoMetrics, ("/props", 200, """{"total_slots":8}"""), ("/slots", 200, "[]"));
        var after = await ReportAsync(backend);

        Assert.Equal((EngineOutcome.Loading, null), (loading.Outcome, loading.Reading));
        Assert.Equal(8, after.Reading!.Seats);
    }

    [Theory]
    [InlineData(EngineKind.Auto)]
    [InlineData(EngineKind.Vllm)]
    public async Task Report_Vllm_IsItsMetrics(EngineKind kind)
    {
        _upstream.TellsAsVllm();

        var report = await ReportAsync(New(kind));

        Assert.Equal((EngineOutcome.Told, EngineKind.Vllm, 20, 3), (report.Outcome, report.Reading!.Kind, report.Reading.Running, report.Reading.Waiting));
        Assert.Null(report.Reading.Seats);
    }

    [Fact]
    public async Task Report_Sglang_IsRecognised()
    {
        _upstream.TellsAsVllm(EngineTexts.Sglang);

        Assert.Equal(EngineKind.Sglang, (await ReportAsync(New(EngineKind.Auto))).Reading!.Kind);
    }

    [Fact]
    public async Task Report_Ollama_HasTheContextsOfItsModels()
    {
        _upstream.Tells(("/api/version", 200, """{"version":"0.12.6"}"""), ("/api/ps", 200, EngineTexts.OllamaPs));

        var reading = (await ReportAsync(New(EngineKind.Auto))).Reading!;

        Assert.Equal((EngineKind.Ollama, 12288L, null), (reading.Kind, reading.CacheTokens, reading.Running));
    }

    [Fact]
    public async Task Report_ServerThatTellsNothing_IsAskedThreeQuestions()
    {
        var report = await ReportAsync(New(EngineKind.Auto));

        Assert.Equal((EngineOutcome.TellsNothing, null), (report.Outcome, report.Reading));
        Assert.Equal(["/metrics", "/props", "/api/version"], _upstream.Questions.Select(q => q.Target));
    }

    // There are seats to be found, whether or not it was started with its metrics.
    [Fact]
    public async Task Report_NamedKindThatTellsNothing_IsOfItsKind()
    {
        var report = await ReportAsync(New(EngineKind.Sglang));

        Assert.Equal((EngineOutcome.TellsNothing, EngineKind.Sglang), (report.Outcome, report.Reading?.Kind));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[[[[")]
    [InlineData("\0\u0001")]
    [InlineData("{\"total_slots\":1e99}")]
    [InlineData("{\"total_slots\":-4,\"version\":7}")]
    [InlineData("vllm:num_requests_running")]
    [InlineData("[{\"id\":\"\\ud800\"}]")]
    public async Task Report_Garbage_IsNothing(string garbage)
    {
        _upstream.EngineScript = Scripts.Json(200, garbage);

        Assert.Equal(EngineOutcome.TellsNothing, (await ReportAsync(New(EngineKind.Auto))).Outcome);
        foreach (var kind in (EngineKind[])[EngineKind.LlamaCpp, EngineKind.Vllm, EngineKind.Sglang, EngineKind.Ollama])
            Assert.Equal(EngineOutcome.TellsNothing, (await ReportAsync(New(kind))).Outcome);
    }

    [Fact]
    public async Task Report_BodyOfMegabytes_IsNotReadToItsEnd()
    {
        _upstream.EngineScript = Scripts.Json(200, EngineTexts.Vllm + new string('#', 2 * 1024 * 1024));

        // It may be the right page all the same. Of one of whom nothing is known it is not read each second.
        Assert.Equal(EngineOutcome.Silent, (await ReportAsync(New(EngineKind.Vllm))).Outcome);
        Assert.Equal(EngineOutcome.TellsNothing, (await ReportAsync(New(EngineKind.Auto))).Outcome);
    }

    [Fact]
    public async Task Report_PageAsLargeAsRealOnesAre_IsRead()
    {
        _upstream.TellsAsVllm(string.Concat(Enumerable.Repeat("vllm:e2e_request_latency_seconds_bucket{le=\"0.3\",model_name=\"m\"} 0.0\n", 5000)) + EngineTexts.Vllm);

        Assert.Equal(20, (await ReportAsync(New(EngineKind.Auto))).Reading?.Running);
    }

    [Fact]
    public async Task Report_Refused_IsGone()
    {
        var backend = (IEngineReporter)new HttpBackend(Config(ScriptedUpstream.RefusingUrl(), EngineKind.Auto), _transport);

        Assert.Equal(EngineOutcome.Gone, (await ReportAsync(backend)).Outcome);
    }

    [Theory]
    [InlineData(500, nameof(EngineOutcome.Silent))]
    [InlineData(429, nameof(EngineOutcome.Silent))]
    [InlineData(401, nameof(EngineOutcome.TellsNothing))]
    public async Task Report_OtherStatus_IsWhatItSays(int status, string outcome)
    {
        _upstream.EngineScript = Scripts.Error(status);

        Assert.Equal(outcome, (await ReportAsync(New(EngineKind.Vllm))).Outcome.ToString());
    }

    [Fact]
    public async Task Report_ConnectionThatBreaks_IsSilent()
    {
        _upstream.EngineScript = Scripts.ResetBeforeHeaders();

        Assert.Equal(EngineOutcome.Silent, (await ReportAsync(New(EngineKind.Vllm))).Outcome);
    }

    [Fact]
    public async Task Report_AnotherServerInItsPlace_IsRecognisedAnew()
    {
        _upstream.TellsAsVllm();
        var backend = New(EngineKind.Auto);
        await ReportAsync(backend);
        _upstream.TellsAsLlamaCpp();

        Assert.Equal(EngineOutcome.TellsNothing, (await ReportAsync(backend)).Outcome);
        Assert.Equal(EngineKind.LlamaCpp, (await ReportAsync(backend)).Reading?.Kind);
    }

    [Theory]
    [InlineData(EngineKind.Auto, true, true)]
    [InlineData(EngineKind.Auto, false, false)]
    [InlineData(EngineKind.Vllm, false, true)]
    [InlineData(EngineKind.OpenAi, true, false)]
    public void IsAsked_ByKindAndHealth(EngineKind kind, bool isProbed, bool expected)
    {
        var config = Config("http://localhost", kind) with { Health = new HealthConfig { IsProbed = isProbed } };

        Assert.Equal(expected, ((IEngineReporter)new HttpBackend(config, _transport)).IsAsked);
    }

    [Fact]
    public async Task Report_Question_CarriesTheBackendsKey_AndLeavesNoConnection()
    {
        _upstream.TellsAsVllm();

        await ReportAsync(new HttpBackend(Config(_upstream.Url, EngineKind.Vllm) with { ApiKey = "secret" }, _transport));

        Assert.Equal("Bearer secret", _upstream.Questions[0].Header("Authorization"));
        await _upstream.WaitForOpenConnectionsAsync(0);
    }

    private static BackendConfig Config(string url, EngineKind kind) => new() { Name = "b", Type = "http", Url = new Uri(url), Kind = kind };

    private static async Task<EngineReport> ReportAsync(IEngineReporter backend)
    {
        using var deadline = new CancellationTokenSource(Patience.Default);
        return await backend.ReportAsync(readAt: 7, deadline.Token);
    }

    private HttpBackend New(EngineKind kind) => new(Config(_upstream.Url, kind), _transport);
}
