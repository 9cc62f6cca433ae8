using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary><c>penstock check</c>, <c>--version</c> and <c>--help</c>: commands that say something and end.</summary>
public sealed class CheckTests
{
    private const string Good = """
        server:
          api_key: top-secret
        default_backend: remote
        backends:
          - name: remote
            url: https://api.example.com/v1
            api_key: ${REMOTE_KEY}
            headers: { X-Team: hush-hush }
            models: [small, "qwen-*"]
        """;

    private const string Bad = """
        server:
          prot: 8080
        default_backend: remot
        backends:
          - name: remote
            type: http
            url: not a url
          - name: remote
            type: echo
            timeout: soon
            api_key: ${NOT_SET_ANYWHERE}
        """;

    [Fact]
    public async Task Check_Good_PrintsItWithoutItsSecretsAndExits0()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("check", "my.yaml") with
        {
            Files = new Dictionary<string, string> { ["my.yaml"] = Good },
            Variables = new Dictionary<string, string> { ["REMOTE_KEY"] = "sk-very-secret", ["PORT"] = "9999" },
        });

        Assert.Equal(0, ended.Code);
        Assert.Empty(ended.Errors);
        Assert.Contains("port: 9999", ended.Output, StringComparison.Ordinal);
        Assert.Contains("url: 'https://api.example.com/'", ended.Output, StringComparison.Ordinal);
        Assert.Contains("'qwen-*'", ended.Output, StringComparison.Ordinal);
        Assert.Contains("api_key: '***'", ended.Output, StringComparison.Ordinal);
        foreach (var secret in (string[])["top-secret", "sk-very-secret", "hush-hush"])
            Assert.DoesNotContain(secret, ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Bad_SaysEveryErrorWithItsPlaceAndExits1()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("check", "my.yaml") with
        {
            Files = new Dictionary<string, string> { ["my.yaml"] = Bad },
        });

        Assert.Equal(1, ended.Code);
        Assert.Empty(ended.Output);
        var file = Path.Combine(ended.Directory, "my.yaml");
        foreach (var place in (string[])["2: server.prot", "3: default_backend", "7: backends[0].url", "8: backends[1].name", "10: backends[1].timeout", "11: backends[1].api_key"])
            Assert.Contains($"{file}:{place}: ", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("did you mean 'port'", ended.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("6 errors.\n", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NotYaml_SaysTheLineAndExits1()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("check") with
        {
            Files = new Dictionary<string, string> { ["config.yaml"] = "backends:\n  - name: [\n" },
        });

        Assert.Equal(1, ended.Code);
        Assert.Matches(@"config\.yaml:\d+: this is not YAML: ", ended.Errors);
        Assert.EndsWith("1 error.\n", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NamedFileIsMissing_NamesItAndExits1()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("check", "nowhere.yaml"));

        Assert.Equal(1, ended.Code);
        Assert.Contains("nowhere.yaml: there is no such file", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_PrintsItAndNothingElse()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("--version"));

        Assert.Equal(0, ended.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", ended.Output);
    }

    [Fact]
    public async Task Help_NamesEveryCommandAndOption()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("--help"));

        Assert.Equal(0, ended.Code);
        foreach (var word in (string[])["serve", "mock", "check", "--port", "--host", "--config", "--backend-url", "--version"])
            Assert.Contains(word, ended.Output, StringComparison.Ordinal);
    }
}
