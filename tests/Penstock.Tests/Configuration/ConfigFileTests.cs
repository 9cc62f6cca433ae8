using System.Text;
using FsCheck.Fluent;
using Penstock.Configuration;
using Penstock.Tests.Protocol;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Configuration;

public sealed class ConfigFileTests
{
    private const string Whole = """
        # Everything that there is.
        default_backend: local
        response_fields: upstream
        server: { host: 127.0.0.1, port: 9000, api_key: "${KEY}", max_body_bytes: 1000, validation: minimal, drain_timeout: 1.5 }
        log:
          level: warning
          format: json
        backends:
          - name: local
            type: echo
          - name: remote
            type: http
            url: http://localhost:8081/v1
            timeout: 2.5
            api_key: ${KEY}
            model: llama-3-8b
            models: [llama-3-8b, "qwen-*"]
            inject_usage: false
            headers: { X-Team: search, X-Where: "${PLACE:-here}" }
        """;

    [Fact]
    public void Load_WholeFile_ReadsEveryKey()
    {
        using var folder = new ConfigFolder().Write(Whole).Set("KEY", "s3cret");

        var config = folder.LoadValid();

        Assert.Equal(("local", ResponseFields.Upstream), (config.DefaultBackend, config.ResponseFields));
        Assert.Equal(
            new ServerConfig
            {
                Host = "127.0.0.1", Port = 9000, ApiKey = "s3cret", MaxBodyBytes = 1000,
                Validation = RequestValidation.Minimal, DrainTimeout = TimeSpan.FromSeconds(1.5),
            },
            config.Server);
        var remote = config.Backends[1];
        Assert.Equal(("http", TimeSpan.FromSeconds(2.5), "s3cret", "llama-3-8b", false), (remote.Type, remote.Timeout, remote.ApiKey, remote.Model, remote.InjectUsage));
        Assert.Equal(["llama-3-8b", "qwen-*"], remote.Models);
        Assert.Equal("here", remote.Headers["x-where"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("backends:\n#  - name: x\n")]
    [InlineData("backends: ~\nserver: null\ndefault_backend:\n")]
    [InlineData("---\n")]
    public void Load_FileThatSaysNothing_IsEchoMode(string yaml)
    {
        using var folder = new ConfigFolder().Write(yaml);

        Assert.True(folder.LoadValid().IsEchoMode);
    }

    [Fact]
    public void Load_UrlWithoutType_IsHttp()
    {
        using var folder = new ConfigFolder().Write("backends: [{ name: a, url: 'http://x' }]");

        Assert.Equal("http", folder.LoadValid().Backends[0].Type);
    }

    [Fact]
    public void Load_CustomType_KeepsItsOptions()
    {
        using var folder = new ConfigFolder { CustomTypes = ["reverse"] }.Write("backends: [{ name: a, type: reverse, options: { Depth: 3 } }]");

        Assert.Equal("3", folder.LoadValid().Backends[0].Options["Depth"]);
    }

    [Fact]
    public void Load_Anchors_AreFollowed()
    {
        using var folder = new ConfigFolder().Write(
            "backends:\n  - name: a\n    url: http://a\n    headers: &team { X-Team: search }\n  - name: b\n    url: http://b\n    headers: *team\n");

        Assert.Equal("search", folder.LoadValid().Backends[1].Headers["X-Team"]);
    }

    [Fact]
    public void Load_EmptyBackendKey_IsNone()
    {
        using var folder = new ConfigFolder().Write("backends: [{ name: a, url: 'http://x', api_key: '${KEY:-}' }]");

        Assert.Null(folder.LoadValid().Backends[0].ApiKey);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${A}", "a")]
    [InlineData("x${A}y${A}", "xaya")]
    [InlineData("${NONE:-}", "")]
    [InlineData("${NONE:-b c}", "b c")]
    [InlineData("${EMPTY:-b}", "b")]
    [InlineData("${EMPTY}", "")]
    [InlineData("${A:-b}", "a")]
    [InlineData("$${A}", "${A}")]
    [InlineData("$${A} ${A}", "${A} a")]
    [InlineData("$A $", "$A $")]
    [InlineData("${LOOP}", "${A}")]
    [InlineData("${A}}", "a}")]
    public void Expand_Value_PutsVariablesIn(string text, string expected)
    {
        var expanded = Interpolation.Expand(text, Variable, out var error);

        Assert.Null(error);
        Assert.Equal(expected, expanded);
    }

    [Theory]
    [InlineData("${NONE}")]
    [InlineData("${}")]
    [InlineData("${A")]
    [InlineData("x ${A} ${")]
    // Only one level: the first '}' would end it, silently.
    [InlineData("${NONE:-${A}}")]
    public void Expand_WrongValue_SaysSo(string text)
    {
        Assert.Null(Interpolation.Expand(text, Variable, out var error));
        Assert.NotNull(error);
    }

    // A variable's content is a value and never structure.
    [Fact]
    public void Load_VariableWithYaml_StaysAValue()
    {
        using var folder = new ConfigFolder().Set("KEY", "x\n    evil: true").Write("backends: [{ name: a, url: 'http://x', model: \"${KEY}\" }]");

        Assert.Equal("x\n    evil: true", folder.LoadValid().Backends[0].Model);
    }

    [Fact]
    public void Load_BrokenFile_NeverThrows()
    {
        using var folder = new ConfigFolder().Set("KEY", "k");
        ForAll.Check(JsonTexts.Broken(Gen.Constant(Encoding.UTF8.GetBytes(Whole))), bytes =>
        {
            File.WriteAllBytes(folder.File, bytes);
            var (config, errors) = folder.Load();

            Assert.Equal(config is null, errors.Count > 0);
            Assert.All(errors, e => Assert.True(e.Line is >= 0 and < 25, e.ToString()));
        });
    }

    private static string? Variable(string name) => name switch { "A" => "a", "EMPTY" => "", "LOOP" => "${A}", _ => null };
}
