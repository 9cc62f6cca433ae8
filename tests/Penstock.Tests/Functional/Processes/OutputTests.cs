using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>What the gateway prints, and what it does when nobody takes it.</summary>
public sealed class OutputTests
{
    [UnixFact]
    public async Task Output_Json_EveryLineIsOneObject()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(
            "backends:\n  - { name: one, url: 'http://127.0.0.1:1' }\n", ("LOG_FORMAT", "json"), ("HOST", "0.0.0.0")) with
        {
            Arguments = ["--port", "0"],
        });
        using (await gateway.Client.GetAsync(new Uri($"http://127.0.0.1:{gateway.Url.Port}/a%22b%5C%0Ac%20d")))
        {
        }

        await gateway.WriteFileAsync("config.yaml", "backends: \"\n");
        await gateway.WaitForLineAsync("the old one stays in force");
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());

        var lines = gateway.Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.All(lines, line =>
        {
            Assert.Equal(JsonValueKind.Object, line.ValueKind);
            Assert.True(line.TryGetProperty("time", out var time) && time.GetDateTimeOffset().Year > 2000);
            Assert.Contains(line.GetProperty("level").GetString(), (string[])["info", "warning", "error"]);
        });
        foreach (var part in (string[])["listens on", "Mode: ", "Backends: ", "Configuration: ", "Try: curl", "Neither API_KEY nor auth"])
            Assert.Contains(lines, line => line.TryGetProperty("message", out var message) && message.GetString()!.Contains(part, StringComparison.Ordinal));
        var access = lines.Single(line => line.TryGetProperty("event", out var name) && name.GetString() == "access");
        Assert.Equal("/a\"b\\\nc d", access.GetProperty("path").GetString());
        Assert.Equal(404, access.GetProperty("status").GetInt32());
    }

    [UnixFact]
    public async Task Output_LevelIsWarning_HasNoAccessLog()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(variables: ("LOG_LEVEL", "warning")));
        using (await gateway.Client.GetAsync("/v1/models"))
        {
        }

        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());

        Assert.DoesNotContain("/v1/models", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Stopping", gateway.Output, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Output_NobodyReads_RequestsAreAnsweredAndDroppedLinesCounted()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving() with { Arguments = [], IsRead = false }, FreePort());

        // A pipe takes 64 KiB, the gateway holds two times 256 KiB, and a line has some hundred bytes at least.
        var path = "/" + string.Concat(Enumerable.Repeat("%01", 500));
        for (var i = 0; i < 6000 && (i % 200 != 0 || await DroppedAsync(gateway) == 0); i++)
        {
            using var response = await gateway.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        Assert.True(await DroppedAsync(gateway) > 0);
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [UnixFact]
    public async Task Output_ReaderLeaves_RequestsAreAnswered()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving());
        await gateway.WaitForLineAsync("Try: ");

        gateway.StopReading();
        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.Client.GetAsync("/v1/models");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            // Longer than lines are gathered: each request is a write of its own.
            await Task.Delay(30);
        }

        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Empty(gateway.Errors);
    }

    [UnixFact]
    public async Task Output_IsClosedFromTheStart_RequestsAreAnsweredAndLinesCounted()
    {
        await using var gateway = await GatewayProcess.ServeAsync(
            GatewayStart.Serving() with { Arguments = [], IsOutputClosed = true }, FreePort());

        // Every line is lost, and each is counted once it was tried to write it.
        using var patience = new CancellationTokenSource(Patience.Default);
        while (await DroppedAsync(gateway) == 0) Assert.False(patience.IsCancellationRequested, "No lost line was counted.");

        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Empty(gateway.Errors);
    }

    private static async Task<long> DroppedAsync(GatewayProcess gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd("text/plain");
        using var response = await gateway.Client.SendAsync(request);
        var line = (await response.Content.ReadAsStringAsync()).Split('\n').Single(l => l.StartsWith("penstock_log_lines_dropped_total ", StringComparison.Ordinal));
        return long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
