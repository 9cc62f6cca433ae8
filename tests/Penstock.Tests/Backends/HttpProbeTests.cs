using Penstock.Backends;
using Penstock.Backends.Http;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

public sealed class HttpProbeTests : IAsyncLifetime, IDisposable
{
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();
    private readonly HttpTransport _transport = new(new SystemNameResolver());
    private IBackend _backend = null!;

    public Task InitializeAsync()
    {
        _backend = New(_upstream.Url);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    public void Dispose()
    {
        _transport.Dispose();
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(302, true)]
    [InlineData(401, true)]
    [InlineData(403, true)]
    [InlineData(429, true)]
    [InlineData(500, false)]
    [InlineData(502, false)]
    [InlineData(503, false)]
    public async Task Check_Health_AnySignOfLifeIsWell(int status, bool isWell)
    {
        _upstream.HealthScript = Scripts.Json(status, "");

        await AssertAsync(null, isWell ? null : $"its health check answered {status}");

        Assert.Single(_upstream.Probes);
        Assert.Empty(_upstream.Gets);
    }

    [Theory]
    [InlineData(404, 200, true)]
    [InlineData(405, 401, true)]
    [InlineData(501, 403, true)]
    [InlineData(404, 404, true)]
    [InlineData(404, 501, true)]
    [InlineData(404, 500, false)]
    [InlineData(404, 503, false)]
    public async Task Check_NoHealth_TheModelsDecide(int health, int models, bool isWell)
    {
        _upstream.HealthScript = Scripts.Json(health, "");
        _upstream.GetScript = Scripts.Json(models, "");

        await AssertAsync(null, isWell ? null : $"its health check answered {models}");

        Assert.Equal("/v1/models", Assert.Single(_upstream.Gets).Target);
        Assert.Single(_upstream.Probes);
    }

    [Fact]
    public async Task Check_NoHealth_IsRememberedUntilAFailure()
    {
        _upstream.HealthScript = Scripts.Json(404, "");
        for (var i = 0; i < 3; i++) await AssertAsync(null, null);
        Assert.Single(_upstream.Probes);

        _upstream.GetScript = Scripts.ResetBeforeHeaders();
        await AssertAsync(null, "");
        await AssertAsync(null, "");

        Assert.Equal(2, _upstream.Probes.Count);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(302, false)]
    [InlineData(401, false)]
    [InlineData(404, false)]
    [InlineData(503, false)]
    public async Task Check_ConfiguredPath_OnlySuccessIsWell(int status, bool isWell)
    {
        _upstream.GetScript = Scripts.Json(status, "");

        await AssertAsync("/ping?deep=1", isWell ? null : $"its health check answered {status}");

        Assert.Equal("/ping?deep=1", Assert.Single(_upstream.Gets).Target);
    }

    [Fact]
    public async Task Check_BrokenConnections_SayHow()
    {
        _upstream.HealthScript = Scripts.CloseBeforeHeaders();
        await AssertAsync(null, "it closed the connection without an answer");
        _upstream.HealthScript = Scripts.WrongContentLength("x");
        await AssertAsync(null, "the connection broke during its health check");
        _upstream.HealthScript = async e =>
        {
            await e.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n\r\n");
            await e.CloseAsync();
        };
        await AssertAsync(null, "its answer is not HTTP");
        _backend = New(ScriptedUpstream.RefusingUrl());
        await AssertAsync(null, "the connection was refused");
    }

    [Fact]
    public async Task Check_Cancelled_EndsAtOnce()
    {
        _upstream.HealthScript = Scripts.NeverAnswers();
        using var cancellation = new CancellationTokenSource();
        var checking = _backend.CheckHealthAsync(null, cancellation.Token).AsTask();
        await _upstream.WaitForProbeAsync();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => checking.WaitAsync(Patience.Default));
        await _upstream.WaitForAbortedAsync();
    }

    [Fact]
    public async Task Check_KindWithoutOne_IsWell() => await ((IBackend)new Silent()).CheckHealthAsync("/x", CancellationToken.None);

    private HttpBackend New(string url) => new(new BackendConfig { Name = "remote", Type = "http", Url = new Uri(url) }, _transport);

    // Null: it is well. Empty: it is not, for any reason.
    private async Task AssertAsync(string? path, string? expected)
    {
        using var patience = new CancellationTokenSource(Patience.Default);
        var thrown = await Record.ExceptionAsync(() => _backend.CheckHealthAsync(path, patience.Token).AsTask());

        if (expected is null) Assert.Null(thrown);
        else if (expected.Length == 0) Assert.IsType<BackendException>(thrown);
        else Assert.Equal(expected, Assert.IsType<BackendException>(thrown).Message);
    }

    private sealed class Silent : IBackend
    {
        public ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
