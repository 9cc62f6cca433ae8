using System.Text.Json;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary><c>penstock keys</c> as an operator runs it, beside a gateway or before there is one.</summary>
public sealed class KeysCommandTests : IDisposable
{
    private const string Yaml = "auth: {}\nlimits:\n  standard: { requests_per_minute: 600 }\n";

    private readonly string _directory = Directory.CreateTempSubdirectory("penstock-keys-").FullName;

    private string Store => $"sqlite:{Path.Combine(_directory, "penstock.db")}";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Create_BesideAGateway_KeyIsGoodThereUntilItIsRevoked()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(Yaml, ("STORE", Store)));

        var made = await RunAsync("create", "--name", "search", "--models", "m, qwen-*", "--expires", "30d", "--limits", "standard", "--budget", "50/month",
            "--priority", "batch", "--label", "team=search", "--label", "x=1");
        Assert.Equal((0, "The key is shown this once: the store has its hash only.\n"), (made.Code, made.Errors));
        var key = ValueOf(made, "key");
        Assert.Matches("^pk-[A-Za-z0-9_-]{43}$", key);
        Assert.Equal(
            ("search", "active", "m,qwen-*", "standard", "50/month", "batch", "team=search,x=1"),
            (ValueOf(made, "name"), ValueOf(made, "status"), ValueOf(made, "models"), ValueOf(made, "limits"), ValueOf(made, "budget"), ValueOf(made, "priority"), ValueOf(made, "labels")));
        await UntilAsync(gateway, key, good: true);

        var listed = await RunAsync("list");
        var lines = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("id ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"{ValueOf(made, "id")}  search  {key[..7]}…  active", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(key, listed.Output, StringComparison.Ordinal);

        var rotated = await RunAsync("rotate", "search", "--grace", "0", "--json");
        var next = JsonSerializer.Deserialize<JsonElement>(rotated.Output).GetProperty("key").GetString()!;
        await UntilAsync(gateway, next, good: true);
        await UntilAsync(gateway, key, good: false);

        var revoked = await RunAsync("revoke", ValueOf(made, "id"));
        Assert.Equal((0, $"{ValueOf(made, "id")} ('search') is revoked.\n"), (revoked.Code, revoked.Output));
        await UntilAsync(gateway, next, good: false);
        Assert.Single((await RunAsync("list")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("  revoked  ", (await RunAsync("list", "--all")).Output, StringComparison.Ordinal);
        foreach (var secret in (string[])[key, next]) Assert.DoesNotContain(secret, gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_GatewayIsOpen_SaysSoLoudly()
    {
        var made = await RunAsync(new Dictionary<string, string> { ["STORE"] = Store }, null, "create", "--name", "a");

        Assert.Equal(0, made.Code);
        Assert.Contains("WARNING: the gateway is open", made.Errors, StringComparison.Ordinal);
        Assert.Contains("auth: {}", made.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--name: ", "create", "--name", "")]
    [InlineData(2, "'standrad'; did you mean 'standard'?", "create", "--name", "a", "--limits", "standrad")]
    [InlineData(2, "--expires: 'soon'", "create", "--name", "a", "--expires", "soon")]
    [InlineData(2, "--expires: it must be in the future", "create", "--name", "a", "--expires", "2020-01-01")]
    [InlineData(2, "--budget: '50'", "create", "--name", "a", "--budget", "50")]
    [InlineData(2, "--budget.usd: ", "create", "--name", "a", "--budget", "0/day")]
    [InlineData(2, "--priority: 'urgent'", "create", "--name", "a", "--priority", "urgent")]
    [InlineData(2, "--label: 'team'", "create", "--name", "a", "--label", "team")]
    [InlineData(2, "'--name' is required", "create")]
    [InlineData(2, "penstock keys create --help", "create")]
    [InlineData(2, "--grace: 'long'", "rotate", "a", "--grace", "long")]
    [InlineData(1, "there is no", "list")]
    [InlineData(1, "there is no", "revoke", "nobody")]
    public async Task Keys_CannotBeDone_SaysWhyOnStandardError(int code, string message, params string[] arguments)
    {
        var ended = await RunAsync(arguments);

        Assert.Equal((code, ""), (ended.Code, ended.Output));
        Assert.Contains(message, ended.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Keys_NameOrIdIsNobodys_IsSaid()
    {
        await RunAsync("create", "--name", "a");

        var taken = await RunAsync("create", "--name", "a");
        var revoked = await RunAsync("revoke", "b");
        var rotated = await RunAsync("rotate", "b");

        Assert.Equal((1, 1, 1), (taken.Code, revoked.Code, rotated.Code));
        Assert.Contains("there is a key 'a' already", taken.Errors, StringComparison.Ordinal);
        Assert.Contains("there is no key 'b'", revoked.Errors, StringComparison.Ordinal);
        Assert.Contains("there is no key 'b'", rotated.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_WithoutAStore_SaysSoAndExits1()
    {
        var ended = await RunAsync(new Dictionary<string, string>(), Yaml, "list");

        Assert.Equal((1, ""), (ended.Code, ended.Output));
        Assert.Contains("no store is configured", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_StoreIsDown_SaysSoAndExits1()
    {
        // Nobody listens there.
        var ended = await RunAsync(new Dictionary<string, string> { ["STORE"] = "postgres://u:sekret@127.0.0.1:9/db" }, Yaml, "list");

        Assert.Equal((1, ""), (ended.Code, ended.Output));
        Assert.StartsWith("penstock: postgres://127.0.0.1:9/db: ", ended.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("sekret", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hash_Key_IsWhatTheConfigurationTakes()
    {
        var ended = await RunAsync("hash", "key-of-a");

        Assert.Equal((0, $"{Penstock.Configuration.KeyHash.Of("key-of-a")}\n", ""), (ended.Code, ended.Output, ended.Errors));
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string> { ["STORE"] = Store }, Yaml, arguments);

    private static Task<CommandResult> RunAsync(Dictionary<string, string> variables, string? yaml, params string[] arguments) =>
        GatewayProcess.RunAsync(GatewayStart.Command(["keys", .. arguments]) with
        {
            Variables = variables,
            Files = yaml is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["config.yaml"] = yaml },
        });

    private static string ValueOf(CommandResult made, string title) =>
        made.Output.Split('\n').Single(line => line.StartsWith($"{title} ", StringComparison.Ordinal))[title.Length..].Trim();

    /// <summary>Asks until the key opens the gateway, or until it does not any more.</summary>
    private static async Task UntilAsync(GatewayProcess gateway, string key, bool good)
    {
        var last = 0;
        // After thirty refusals within a minute the gateway answers 429 instead of 401; a good key still opens it.
        Func<int, bool> isDone = good ? status => status == 200 : status => status is 401 or 429;
        var started = TimeProvider.System.GetTimestamp();
        while (!isDone(last))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience.Default, $"still {last}\n{gateway.Output}");
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
            using var response = await gateway.Client.SendAsync(request);
            last = (int)response.StatusCode;
            await Task.Delay(100);
        }
    }
}
