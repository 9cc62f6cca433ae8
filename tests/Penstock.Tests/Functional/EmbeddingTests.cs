using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>What an application may expect of a library that it lets in.</summary>
public sealed class EmbeddingTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("penstock-embedding-").FullName;
    private readonly WebApplicationBuilder _builder;
    private WebApplication? _app;

    public EmbeddingTests()
    {
        _builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = _folder, EnvironmentName = "Test" });
        _builder.WebHost.UseUrls("http://127.0.0.1:0");
        _builder.Logging.ClearProviders();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Embedding_HostHasItsOwnClock_KeepsIt()
    {
        var clock = new StoppedClock();
        _builder.Services.AddSingleton<TimeProvider>(clock);
        _builder.Services.AddPenstock();
        using var client = await StartAsync(app => app.MapPenstock());

        using var response = await PostAsync(client);
        var json = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());

        Assert.Same(clock, _app!.Services.GetRequiredService<TimeProvider>());
        Assert.Equal(StoppedClock.Seconds, json.GetProperty("created").GetInt64());
    }

    // The application has one door, whatever the file says of others.
    [Fact]
    public async Task Embedding_FileHasPortsAndTls_TheyHaveNoEffect()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "gateway.yaml"), "server: { admin_key: sekret, port: 1, admin_port: 2, h2c_port: 3, tls: { certificate: nowhere, key: nowhere } }");
        _builder.Services.AddPenstock(options => options.ConfigFile = "gateway.yaml");
        using var client = await StartAsync(app => app.MapPenstock());
        client.DefaultRequestHeaders.Authorization = new("Bearer", "sekret");

        using var admin = await client.GetAsync("/admin/backends");
        using var models = await client.GetAsync("/v1/models");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (admin.StatusCode, models.StatusCode));
    }

    [Fact]
    public async Task Embedding_NoFileNamed_ReadsNoneThatLiesAbout()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "config.yaml"), "not: ours\n");
        _builder.Services.AddPenstock();
        using var client = await StartAsync(app => app.MapPenstock());

        using var response = await PostAsync(client);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Embedding_CalledTwice_OptionsAndKindsAdd()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "p.yaml"), "default_backend: b\nbackends:\n  - { name: a, type: one }\n  - { name: b, type: two }\n");
        using var log = new MemoryStream();
        _builder.Services.AddPenstock(o => o.ConfigFile = "p.yaml").AddBackend("one", _ => new Fixed("1"));
        _builder.Services.AddPenstock(o => o.ApiKey = "key").AddBackend("two", _ => new Fixed("2"));
        _builder.Services.Configure<PenstockOptions>(o => o.AccessLog = log);
        using var client = await StartAsync(app => app.MapPenstock());

        using var refused = await PostAsync(client);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "key");
        using var one = await PostAsync(client, model: "a");
        using var two = await PostAsync(client);
        await _app!.DisposeAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("\"answer\":1", await one.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"answer\":2", await two.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(3, Encoding.UTF8.GetString(log.ToArray()).Split(" access ").Length - 1);
    }

    [Fact]
    public void Embedding_KindIsThereAlready_IsRefused()
    {
        var penstock = _builder.Services.AddPenstock().AddBackend("mine", _ => new Fixed("1"));

        Assert.Throws<ArgumentException>(() => penstock.AddBackend("mine", _ => new Fixed("1")));
        Assert.Throws<ArgumentException>(() => penstock.AddBackend("http", _ => new Fixed("1")));
    }

    [Fact]
    public async Task Embedding_KindUsesServices_GetsTheApplications()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "p.yaml"), "default_backend: a\nbackends: [{ name: a, type: mine }]\n");
        _builder.Services.AddSingleton(new Fixed("42"));
        _builder.Services.AddPenstock(o => o.ConfigFile = "p.yaml").AddBackend("mine", (services, _) => services.GetRequiredService<Fixed>());
        using var client = await StartAsync(app => app.MapPenstock());

        using var response = await PostAsync(client);

        Assert.Contains("\"answer\":42", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embedding_KindThrows_IsAnErrorOfTheConfiguration()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "p.yaml"), "backends: [{ name: a, type: mine }]\n");
        _builder.Services.AddPenstock(o => o.ConfigFile = "p.yaml").AddBackend("mine", _ => throw new FormatException("no such colour"));
        _app = _builder.Build();

        var thrown = Assert.Throws<PenstockConfigurationException>(() => _app.MapPenstock());

        Assert.Equal($"{Path.Combine(_folder, "p.yaml")}: backends 'a': no such colour", Assert.Single(thrown.Errors));
        Assert.IsType<FormatException>(thrown.InnerException);
    }

    [Fact]
    public async Task Embedding_KindThrowsInAReload_OldConfigurationStaysAndTheHostHearsOfIt()
    {
        var log = new ListLogger();
        _builder.Logging.AddProvider(log);
        await File.WriteAllTextAsync(Path.Combine(_folder, "p.yaml"), "default_backend: a\nbackends: [{ name: a, type: mine }]\n");
        _builder.Services.AddPenstock(o => o.ConfigFile = "p.yaml").AddBackend("mine", c =>
            c.Options.ContainsKey("colour") ? throw new FormatException("no such colour") : new Fixed("1"));
        using var client = await StartAsync(app => app.MapPenstock());

        await File.WriteAllTextAsync(Path.Combine(_folder, "p.yaml"), "default_backend: a\nbackends: [{ name: a, type: mine, options: { colour: x } }]\n");
        await Patience.UntilAsync(() => log.Lines.Any(l => l.Contains("the old one stays in force", StringComparison.Ordinal)), "the report");

        Assert.Contains(log.Lines, l => l.Contains("no such colour", StringComparison.Ordinal));
        using var response = await PostAsync(client);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Embedding_HostHasItsOwnHealth_GoesFirst()
    {
        _builder.Services.AddPenstock();
        using var client = await StartAsync(app =>
        {
            app.MapPenstock();
            app.MapGet("/healthz", () => "mine");
            app.MapGet("/v1/own", () => "mine too");
            app.MapGet("/admin/{**path}", () => "my admin");
        });

        Assert.Equal("mine", await client.GetStringAsync("/healthz"));
        Assert.Equal("mine too", await client.GetStringAsync("/v1/own"));
        Assert.Equal("my admin", await client.GetStringAsync("/admin/backends"));
        Assert.Equal("my admin", await client.GetStringAsync("/admin/users"));
        Assert.Contains("ready", await client.GetStringAsync("/readyz"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embedding_BelowAGroup_ForwardsTheApisOwnPath()
    {
        await using var upstream = ScriptedUpstream.Start();
        _builder.Services.AddPenstock(o => o.BackendUrl = upstream.Url);
        using var client = await StartAsync(app => app.MapGroup("/llm").MapPenstock());

        using var chat = await PostAsync(client, "/llm/v1/chat/completions?a=b");
        using var image = await PostAsync(client, "/llm/v1/images/generations");
        using var model = await client.GetAsync("/llm/v1/models/backend");
        using var outside = await PostAsync(client);

        Assert.Equal(HttpStatusCode.OK, chat.StatusCode);
        Assert.Equal("/v1/chat/completions?a=b", (await upstream.WaitForRequestAsync()).Target);
        Assert.Equal("/v1/images/generations", (await upstream.WaitForRequestAsync(2)).Target);
        Assert.Equal(HttpStatusCode.OK, model.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
    }

    [Fact]
    public async Task Embedding_HostTracesItsServer_SpansHangTogether()
    {
        var spans = new ConcurrentQueue<Activity>();
        var marker = $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01";
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or PenstockTelemetry.ActivitySourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        _builder.Services.AddPenstock();
        using var client = await StartAsync(app => app.MapPenstock());

        client.DefaultRequestHeaders.Add("traceparent", marker);
        using var response = await PostAsync(client);
        await Patience.UntilAsync(() => Of("Microsoft.AspNetCore") is not null, "the host's span");

        Assert.Equal(Of("Microsoft.AspNetCore")!.SpanId, Of(PenstockTelemetry.ActivitySourceName)!.ParentSpanId);
        Assert.Equal(marker.Split('-')[2], Of("Microsoft.AspNetCore")!.ParentSpanId.ToString());

        Activity? Of(string source) => spans.FirstOrDefault(s =>
            s.Source.Name == source && s.Kind == ActivityKind.Server && s.TraceId.ToString() == marker.Split('-')[1]);
    }

    private async Task<HttpClient> StartAsync(Action<WebApplication> map)
    {
        _app = _builder.Build();
        map(_app);
        await _app.StartAsync();
        return new HttpClient { BaseAddress = new Uri(_app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path = "/v1/chat/completions", string model = "m") => client.PostAsync(
        path, new StringContent($$"""{"model":"{{model}}","messages":[{"role":"user","content":"x"}]}""", Encoding.UTF8, "application/json"));

    private sealed class Fixed(string answer) : IBackend
    {
        public ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult(BackendResponse.Json(Encoding.UTF8.GetBytes($$"""{"answer":{{answer}}}""")));
    }

    private sealed class StoppedClock : TimeProvider
    {
        public const long Seconds = 1_000_000_000;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Seconds);
    }

    private sealed class ListLogger : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
