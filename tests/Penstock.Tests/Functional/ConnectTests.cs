using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Penstock.Backends;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Making a connection: the name, the addresses behind it, and the time for all of it.</summary>
public sealed class ConnectTests : UpstreamTest
{
    private readonly TestNames _names = new();
    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Name_ThatHangs_TimesOutAsAConnection(string more)
    {
        _names.Hang("gpu.test");
        await using var gateway = await StartAsync(connectTimeout: 0.25);

        using var response = await gateway.PostAsync("/v1/chat/completions", TestGateway.Chat("x", more));

        Assert.Contains("connecting timed out", await Answers.AssertErrorAsync(response, 502, "upstream_unreachable"), StringComparison.Ordinal);
        await Patience.UntilAsync(() => _names.Waiting == 0, "nobody waiting for the name");
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Fact]
    public async Task Name_ThatHangs_DoesNotHoldACallerWhoLeaves()
    {
        _names.Hang("gpu.test");
        await using var gateway = await StartAsync(connectTimeout: 60);
        using var leaving = new CancellationTokenSource();

        var call = gateway.StreamAsync("/v1/chat/completions", TestGateway.Chat("x"), leaving.Token);
        await Patience.UntilAsync(() => _names.Waiting == 1, "the name asked for");
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Contains("error=caller_gone", await gateway.WaitForLogAsync("status=499"), StringComparison.Ordinal);
        await Answers.WaitUntilIdleAsync(gateway);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.TryAgain)]
    [InlineData(SocketError.NoData)]
    [InlineData(SocketError.NoRecovery)]
    public async Task Name_ThatFails_IsSaidToBeTheCause(SocketError error)
    {
        _names.Fail("gpu.test", error);
        await AssertNotResolvedAsync();
    }

    [Fact]
    public async Task Name_WithoutAnAddress_IsSaidToBeTheCause()
    {
        _names.Set("gpu.test");
        await AssertNotResolvedAsync();
    }

    [Fact]
    public async Task Name_WithAnAddressThatRefuses_LeadsToTheNext()
    {
        // Nothing listens at the first two: of the second not even the family may be there.
        _names.Set("gpu.test", "127.0.0.2", "::1", "127.0.0.1");
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"gpu.test:{Upstream.Port}", (await Upstream.WaitForRequestAsync()).Header("Host"));
    }

    [Fact]
    public async Task Name_WhoseAddressesAllRefuse_IsRefused()
    {
        _names.Set("gpu.test", "127.0.0.2", "127.0.0.3");
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync();

        Assert.Contains("refused", await Answers.AssertErrorAsync(response, 502, "upstream_unreachable"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_InTheUrl_IsNotResolved()
    {
        await using var gateway = await StartAsync(Upstream.Url);

        using var response = await gateway.ChatAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, _names.Asked);
    }

    private async Task AssertNotResolvedAsync()
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync();

        var message = await Answers.AssertErrorAsync(response, 502, "upstream_unreachable");
        Assert.Contains("its name cannot be resolved", message, StringComparison.Ordinal);
    }

    private Task<TestGateway> StartAsync(string? url = null, double connectTimeout = 30) => TestGateway.StartAsync(FormattableString.Invariant($"""
        default_backend: remote
        backends:
          - name: remote
            url: {url ?? $"http://gpu.test:{Upstream.Port}"}
            connect_timeout: {connectTimeout}
            health: off
        """), configure: services => services.AddSingleton<INameResolver>(_names));
}
