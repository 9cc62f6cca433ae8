using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging;
using Penstock.Configuration;
using Penstock.Telemetry;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Configuration;

public sealed class ConfigPrinterTests
{
    private static readonly Gen<string> Text = Gen.Elements(
        "llama-3-8b", "qwen-*", "null", "true", "~", "12", "a b", "it's", "\"q\"", "a: b", "# x", "[x]", "{x}", "é", "meta/llama:8b@q4", "*", "&x", "!t",
        "${X}", "$${X}", "$", "a\nb", "tab\tx", " lead", "trail ", "-", "- x", "%", "@x", "a'#b", "\u0001");

    private static readonly Gen<BackendConfig> Backend =
        from isHttp in Gen.Elements(true, false)
        from model in Gen.OneOf(Text, Gen.Constant<string>(null!))
        from models in Text.ListOf().Resize(4)
        from seconds in Gen.Elements(0.001, 0.5, 60, 86400)
        from inject in Gen.Elements(true, false)
        from value in Gen.Elements("x", "a b", "'")
        select new BackendConfig
        {
            Name = "x", Type = isHttp ? "http" : "echo", Url = isHttp ? new Uri("http://localhost:8081/base") : null,
            Model = model, Models = [.. models.Distinct()], Timeout = TimeSpan.FromSeconds(seconds), InjectUsage = inject,
            Headers = new Dictionary<string, string> { ["X-A"] = value },
        };

    private static readonly Gen<GatewayConfig> Configs =
        from backends in Backend.ListOf(2)
        from level in Gen.Elements(LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.None)
        from fields in Gen.Elements(ResponseFields.Gateway, ResponseFields.Upstream)
        select new GatewayConfig
        {
            Backends = [backends.First() with { Name = "null" }, backends.Last() with { Name = "it's:#2" }],
            DefaultBackend = "it's:#2", ResponseFields = fields, Log = new LogConfig { Level = level, Format = LogFormat.Json },
            Server = new ServerConfig { Host = "::1", Port = 0, Validation = RequestValidation.Minimal, DrainTimeout = TimeSpan.FromSeconds(0.25) },
        };

    [Fact]
    public void Print_AnyConfig_CanBeReadAgain()
    {
        using var folder = new ConfigFolder();
        ForAll.Check(Configs, config =>
        {
            folder.Write(ConfigPrinter.Print(config));

            var again = folder.LoadValid();

            Assert.Equal((config.Server, config.Log, config.DefaultBackend, config.ResponseFields), (again.Server, again.Log, again.DefaultBackend, again.ResponseFields));
            Assert.Equal(config.Backends.Select(Describe), again.Backends.Select(Describe));
        }, 300);
    }

    [Fact]
    public void Print_Secrets_AreMasked()
    {
        var printed = ConfigPrinter.Print(new GatewayConfig
        {
            Server = new ServerConfig { ApiKey = "s3cret-door" },
            Backends =
            [
                new BackendConfig
                {
                    Name = "a", Type = "custom", ApiKey = "s3cret-key",
                    Headers = new Dictionary<string, string> { ["X-Key"] = "s3cret-header" },
                    Options = new Dictionary<string, string> { ["password"] = "s3cret-option" },
                },
            ],
        });

        Assert.DoesNotContain("s3cret", printed, StringComparison.Ordinal);
        Assert.Equal(4, printed.Split("***").Length - 1);
        Assert.Contains("X-Key", printed, StringComparison.Ordinal);
    }

    private static string Describe(BackendConfig b) =>
        $"{b.Name}|{b.Type}|{b.Url}|{b.Timeout}|{b.Model}|{string.Join('|', b.Models)}|{b.InjectUsage}|{string.Join('|', b.Headers.Keys)}";
}
