using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>The sample, on a real socket: an application with the gateway in it.</summary>
public sealed class EmbeddedSampleTests : IAsyncLifetime, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("penstock-embedded-").FullName;
    private WebApplication? _app;
    private HttpClient _client = new();

    public async Task InitializeAsync()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "penstock.yaml"), Path.Combine(_folder, "penstock.yaml"));
        _app = Embedded.Program.Create(["--urls", "http://127.0.0.1:0", "--contentRoot", _folder, "--Logging:LogLevel:Default", "Warning"]);
        await _app.StartAsync();
        _client.Dispose();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public async Task DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Embedded_OwnEndpoint_StaysTheApplications()
    {
        using var response = await _client.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("An application of its own", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("X-Request-ID"));
    }

    [Fact]
    public async Task Embedded_Chat_IsAnsweredByTheOwnBackend()
    {
        using var response = await PostAsync("hello", "mirror-1", stream: false);
        var json = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("mirror", response.Headers.GetValues("X-Backend").Single());
        Assert.Equal("<- olleh", json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(response.Headers.GetValues("X-Request-ID").Single(), json.GetProperty("id").GetString());
        Assert.Equal("mirror", json.GetProperty("backend").GetString());
    }

    [Fact]
    public async Task Embedded_StreamedChat_ReversesWhatIsSeenAsCharacters()
    {
        // The flag is two code points, the family is five with joiners between.
        using var response = await PostAsync("a🇪🇺 👩‍👩‍👧!", "mirror-1", stream: true);
        var events = SseText.Parse(await response.Content.ReadAsStringAsync());

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("<- !👩‍👩‍👧 🇪🇺a", events.Content);
        Assert.True(events.IsDone);
        var id = response.Headers.GetValues("X-Request-ID").Single();
        Assert.All(events.Json, chunk => Assert.Equal(id, chunk.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("/v1/nothing", "not_found")]
    [InlineData("/v1/embeddings", "method_not_allowed")]
    public async Task Embedded_UnknownApiRoute_IsInErrorShape(string path, string code)
    {
        using var response = await _client.GetAsync(path);
        var error = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.True(response.Headers.Contains("X-Request-ID"));
    }

    [Fact]
    public async Task Embedded_UnknownRoute_IsTheApplicationsOwn404()
    {
        using var response = await _client.GetAsync("/nothing");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync());
        Assert.False(response.Headers.Contains("X-Request-ID"));
    }

    [Fact]
    public async Task Embedded_FileChanges_IsReloaded()
    {
        var file = Path.Combine(_folder, "penstock.yaml");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("<- ", "=> ", StringComparison.Ordinal));

        using var patience = new CancellationTokenSource(Patience.Default);
        for (var answer = ""; !answer.Contains("=> olleh", StringComparison.Ordinal);)
        {
            Assert.False(patience.IsCancellationRequested, answer);
            using var response = await PostAsync("hello", "m", stream: false);
            var json = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
            answer = json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        }
    }

    [Fact]
    public async Task Embedded_BadFile_ThrowsWithEveryError()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "penstock.yaml"), "backends:\n  - name: a\n    type: revers\n  - type: echo\n");

        var thrown = Assert.Throws<PenstockConfigurationException>(() => Embedded.Program.Create(["--contentRoot", _folder]));

        Assert.Equal(2, thrown.Errors.Count);
        Assert.Contains("penstock.yaml:3: backends[0].type: ", thrown.Errors[0], StringComparison.Ordinal);
        Assert.Contains("did you mean 'reverse'", thrown.Message, StringComparison.OrdinalIgnoreCase);
    }

    private Task<HttpResponseMessage> PostAsync(string content, string model, bool stream) => _client.PostAsync(
        "/v1/chat/completions",
        new StringContent(
            JsonSerializer.Serialize(new { model, stream, messages = new[] { new { role = "user", content } } }), Encoding.UTF8, "application/json"));
}
