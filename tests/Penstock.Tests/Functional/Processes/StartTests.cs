using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>What an operator sees when the gateway starts, or does not.</summary>
public sealed class StartTests
{
    private const string TwoBackends = """
        backends:
          - name: first
            url: http://localhost:1
            models: ["qwen-*", small]
          - name: second
            type: echo
        """;

    [Fact]
    public async Task Start_NoConfiguration_SaysAddressModeBackendsSourceAndCommand()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving());
        await gateway.WaitForLineAsync("Try: ");

        Assert.StartsWith("Penstock ", gateway.Lines[0], StringComparison.Ordinal);
        Assert.Contains($"listens on {gateway.Url.AbsoluteUri.TrimEnd('/')}", gateway.Lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Mode: echo", gateway.Lines[1], StringComparison.Ordinal);
        Assert.Equal("Backends: echo (echo)", gateway.Lines[2]);
        Assert.Equal("Configuration: environment and defaults, no file", gateway.Lines[3]);
        Assert.StartsWith("Try: curl ", gateway.Lines[4], StringComparison.Ordinal);
        Assert.Empty(gateway.Errors);
    }

    [Fact]
    public async Task Start_File_NamesItAndItsBackends()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(TwoBackends));
        await gateway.WaitForLineAsync("Try: ");

        Assert.Equal("Mode: routing by model", gateway.Lines[1]);
        Assert.Equal("Backends: first (http://localhost:1), second (echo)", gateway.Lines[2]);
        Assert.EndsWith("config.yaml", gateway.Lines[3], StringComparison.Ordinal);
        Assert.Contains("\"model\":\"small\"", gateway.Lines[4], StringComparison.Ordinal);
        Assert.DoesNotContain("API_KEY", gateway.Output, StringComparison.Ordinal);
    }

    [CommandFact("curl", "sh")]
    public async Task Start_PrintedCommand_WorksAsItIsPrinted()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(variables: ("API_KEY", "s3cret")));
        var line = await gateway.WaitForLineAsync("Try: ");
        Assert.DoesNotContain("s3cret", gateway.Output, StringComparison.Ordinal);

        var command = line["Try: ".Length..].Replace("<key>", "s3cret", StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"NO_PROXY='*' {command} -sS"]) { RedirectStandardOutput = true })!;
        var answer = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();

        using var json = JsonDocument.Parse(answer);
        Assert.Equal("Echo: hello", json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("0.0.0.0", null, true)]
    [InlineData("0.0.0.0", "key", false)]
    [InlineData("127.0.0.1", null, false)]
    [InlineData("localhost", null, false)]
    public async Task Start_RealBackend_WarnsWhereAnybodyCanReachIt(string host, string? key, bool warns)
    {
        var start = GatewayStart.Serving(variables: [("BACKEND_URL", "http://localhost:1/v1/"), .. key is null ? Array.Empty<(string, string)>() : [("API_KEY", key)]]);
        await using var gateway = await GatewayProcess.ServeAsync(start with { Arguments = ["serve", "--host", host, "--port", "0"] });
        using var local = new HttpClient();
        using var response = await local.GetAsync($"http://127.0.0.1:{gateway.Url.Port}/healthz");
        await gateway.WaitForLineAsync("/healthz");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Backends: backend (http://localhost:1)", gateway.Lines[2]);
        Assert.Equal(warns, gateway.Output.Contains("Neither API_KEY nor auth is set", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_NamedFileIsMissing_NamesItAndExits1()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Serving(variables: ("CONFIG_FILE", "nowhere.yaml")));

        Assert.Equal(1, ended.Code);
        Assert.Equal($"penstock: {Path.Combine(ended.Directory, "nowhere.yaml")}: there is no such file\n", ended.Errors);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task Start_BadFile_SaysEveryErrorAndExits1()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Serving("backends:\n  - name: a\n    type: htp\ndefault_backend: b\n"));

        Assert.Equal(1, ended.Code);
        Assert.Contains("config.yaml:3: backends[0].type: ", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("config.yaml:4: default_backend: ", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_PortIsTaken_SaysSoInOneLineAndExits1()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("--host", "127.0.0.1", "--port", $"{port}"));

        Assert.Equal(1, ended.Code);
        Assert.Single(ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"127.0.0.1:{port}", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("address already in use", ended.Errors, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task Start_AddressIsNotOfThisMachine_SaysSoInOneLineAndExits1()
    {
        // 192.0.2.0/24 is for documentation (RFC 5737): nobody has it.
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("--host", "192.0.2.1", "--port", "0"));

        Assert.Equal(1, ended.Code);
        Assert.Single(ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("penstock: Failed to bind to 192.0.2.1, port 0: ", ended.Errors, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task Start_HostIsNoAddress_SaysSoAndExits1()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("--host", "nowhere.example", "--port", "0"));

        Assert.Equal(1, ended.Code);
        Assert.Equal("penstock: --host: 'nowhere.example' is not an IP address or localhost\n", ended.Errors);
    }
}
