using System.Text.Json;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Configuration;

public sealed class ConfigPrinterTests
{
    [Fact]
    public void Print_AnyConfig_CanBeReadAgain()
    {
        using var folder = new ConfigFolder();
        ForAll.Check(ConfigGen.Configs, config =>
        {
            folder.Write(ConfigPrinter.Print(config));

            var again = folder.LoadValid();

            // Records compare lists by identity; their JSON has all that is in them.
            Assert.Equal(JsonSerializer.Serialize(config), JsonSerializer.Serialize(again with { File = null }));
        }, 300);
    }

    [Fact]
    public void Print_Secrets_AreMasked()
    {
        var printed = ConfigPrinter.Print(new GatewayConfig
        {
            Server = new ServerConfig { ApiKey = "s3cret-door", AdminKey = "s3cret-admin" },
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
        Assert.Equal(5, printed.Split("***").Length - 1);
        Assert.Contains("X-Key", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Print_Defaults_SaysLittle()
    {
        using var folder = new ConfigFolder().Write("backends: [{ name: gpu, url: 'http://localhost:8081' }]\nmodels: [{ name: m, backends: [gpu] }]");

        var printed = ConfigPrinter.Print(folder.LoadValid());

        Assert.EndsWith("""
            response_fields: gateway
            retry: { attempts: 3, backoff: 0.25, max_backoff: 5, budget: 0.2 }
            models:
              - name: m
                backends: [gpu]
            backends:
              - name: gpu
                type: http
                url: 'http://localhost:8081/'
                timeout: 60
                health: on
                inject_usage: true

            """, printed, StringComparison.Ordinal);
    }
}
