using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Configuration;
using Penstock.Runtime;
using Penstock.Server;
using Penstock.Telemetry;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>
/// The gateway as the executable builds it, on a real socket of this machine, with a configuration of its own in a
/// temporary folder and its log caught.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LogSink _log;
    private readonly SharedOutput _output;
    private readonly string _directory;

    private TestGateway(WebApplication app, LogSink log, SharedOutput output, string directory)
    {
        _app = app;
        _log = log;
        _output = output;
        _directory = directory;
        // The callers' port is the first, and the administrators' the last.
        Url = new Uri(app.Urls.First());
        Urls = [.. app.Urls.Select(url => new Uri(url))];
        Client = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(60) };
    }

    public Uri Url { get; }

    /// <summary>All ports, in the order callers', cleartext HTTP/2, administrators', as far as there are any.</summary>
    public IReadOnlyList<Uri> Urls { get; }

    public HttpClient Client { get; }

    /// <summary>The folder of the configuration file, which relative names are relative to.</summary>
    public string Directory => _directory;

    /// <summary>The configuration file; writing it and <see cref="GatewayRuntime.TryReload"/> is a reload.</summary>
    public string ConfigFile => Path.Combine(_directory, "config.yaml");

    public IServiceProvider Services => _app.Services;

    /// <summary>Everything that was logged so far.</summary>
    public string Log => _output.Text;

    /// <summary>Starts a gateway.</summary>
    /// <param name="yaml">The configuration file; null: none, which means echo.</param>
    /// <param name="variables">Environment variables, like <c>API_KEY</c>; the real environment is not read.</param>
    /// <param name="files">Other files beside it, by name.</param>
    /// <param name="configure">Puts other services in the place of the gateway's, like a clock.</param>
    public static async Task<TestGateway> StartAsync(
        string? yaml = null, IReadOnlyDictionary<string, string>? variables = null, Action<IServiceCollection>? configure = null,
        IReadOnlyDictionary<string, string>? files = null)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("penstock-test-").FullName;
        if (yaml is not null) await File.WriteAllTextAsync(Path.Combine(directory, "config.yaml"), yaml);
        foreach (var (name, text) in files ?? new Dictionary<string, string>()) await File.WriteAllTextAsync(Path.Combine(directory, name), text);
        var loader = new ConfigLoader(
            new ConfigSources
            {
                CommandLine = new Dictionary<string, string> { ["PORT"] = "0", ["HOST"] = "127.0.0.1" },
                Environment = name => variables?.GetValueOrDefault(name),
                Directory = directory,
            },
            customTypes: []);
        var (config, errors) = loader.Load();
        Assert.True(config is not null, string.Join('\n', errors));

        var output = new SharedOutput();
        var log = new LogSink(output);
        Assert.True(GatewayHost.TryLoadCertificate(config.Server, out var certificate, out var problem), problem);
        var app = GatewayHost.Create(loader, config, log, certificate, configure);
        await app.StartAsync();
        return new TestGateway(app, log, output, directory);
    }

    /// <summary>A gateway whose default is one http backend named <c>remote</c>.</summary>
    public static Task<TestGateway> InFrontOfAsync(Uri upstream, string more = "") => StartAsync($"""
        default_backend: remote
        backends:
          - name: remote
            type: http
            url: {upstream}
        {more}
        """);

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public Task<HttpResponseMessage> PostAsync(string path, string json, params (string Name, string Value)[] headers)
    {
        var request = NewPost(path, json, headers);
        return Client.SendAsync(request);
    }

    /// <summary>Posts and returns when the headers are there, for streams.</summary>
    public Task<HttpResponseMessage> StreamAsync(string path, string json, CancellationToken cancellationToken = default) =>
        Client.SendAsync(NewPost(path, json, []), HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    public Task<HttpResponseMessage> ChatAsync(string content = "hello", params (string Name, string Value)[] headers) =>
        PostAsync("/v1/chat/completions", Chat(content), headers);

    /// <summary>A chat request's body.</summary>
    public static string Chat(string content, string more = "") =>
        $$"""{"model":"m","messages":[{"role":"user","content":"{{content}}"}]{{more}}}""";

    /// <summary>Waits until something is logged; a line may be written a moment after its request has ended.</summary>
    public async Task<string> WaitForLogAsync(string text)
    {
        for (var deadline = Environment.TickCount64 + 30_000; Environment.TickCount64 < deadline; await Task.Delay(10))
        {
            var line = Log.Split('\n').FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal));
            if (line is not null) return line;
        }

        throw new TimeoutException($"'{text}' was not logged. The log:\n{Log}");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _log.Dispose();
        System.IO.Directory.Delete(_directory, recursive: true);
    }

    private static HttpRequestMessage NewPost(string path, string json, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private sealed class SharedOutput : MemoryStream
    {
        public string Text
        {
            get
            {
                lock (this) return Encoding.UTF8.GetString(GetBuffer(), 0, (int)Length);
            }
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (this) base.Write(buffer);
        }
    }
}
