using Microsoft.Extensions.Logging;
using Penstock.Configuration;
using Penstock.Telemetry;
using Xunit;

namespace Penstock.Tests.Configuration;

public sealed class ConfigSourcesTests
{
    [Fact]
    public void Load_Nothing_IsEchoModeWithDefaults()
    {
        using var folder = new ConfigFolder();

        var config = folder.LoadValid();

        Assert.True(config.IsEchoMode);
        Assert.Equal("echo", config.DefaultBackend);
        Assert.Equal(("echo", "echo"), Assert.Single(config.Backends) is var b ? (b.Name, b.Type) : default);
        Assert.Equal(new ServerConfig(), config.Server);
        Assert.Equal(("0.0.0.0", 8080), (config.Server.Host, config.Server.Port));
        Assert.Equal((LogLevel.Information, LogFormat.Text), (config.Log.Level, config.Log.Format));
        Assert.Equal(TimeSpan.FromSeconds(30), config.Server.DrainTimeout);
        Assert.Equal(32 * 1024 * 1024, config.Server.MaxBodyBytes);
        Assert.Null(config.File);
        Assert.Null(config.Server.ApiKey);
    }

    [Fact]
    public void Load_PortEverywhere_CommandLineBeatsEnvironmentBeatsFile()
    {
        using var folder = new ConfigFolder().Write("server: { port: 1, host: 1.1.1.1, api_key: file }\nlog: { level: error, format: json }");

        Assert.Equal((1, "1.1.1.1", "file"), Door(folder));
        folder.Set("PORT", "2").Set("HOST", "2.2.2.2").Set("API_KEY", "environment");
        Assert.Equal((2, "2.2.2.2", "environment"), Door(folder));
        folder.Option("PORT", "3").Option("HOST", "3.3.3.3").Option("API_KEY", "line");
        Assert.Equal((3, "3.3.3.3", "line"), Door(folder));
        Assert.Equal(LogLevel.Error, folder.LoadValid().Log.Level);
        folder.Set("LOG_LEVEL", "Debug").Set("LOG_FORMAT", "TEXT");
        Assert.Equal(LogLevel.Debug, folder.LoadValid().Log.Level);
        Assert.Equal(LogFormat.Text, folder.LoadValid().Log.Format);
    }

    [Fact]
    public void Load_EmptyVariables_CountAsUnset()
    {
        using var folder = new ConfigFolder().Set("PORT", "").Set("API_KEY", "").Set("BACKEND_URL", "").Set("CONFIG_FILE", "").Set("LOG_LEVEL", "");

        Assert.True(folder.LoadValid().IsEchoMode);
    }

    [Theory]
    [InlineData("ADMIN_KEY", "secret", "secret")]
    [InlineData("ADMIN_KEY", "Bearer secret ", "secret")]
    [InlineData("API_KEY", "secret", "secret")]
    [InlineData("API_KEY", "Bearer secret", "secret")]
    [InlineData("AUTHORIZATION", "Bearer secret", "secret")]
    [InlineData("AUTHORIZATION", "bearer  secret ", "secret")]
    [InlineData("AUTHORIZATION", "secret", "secret")]
    public void Load_Key_IsTakenWithoutItsScheme(string variable, string value, string expected)
    {
        using var folder = new ConfigFolder().Set(variable, value);

        var server = folder.LoadValid().Server;

        Assert.Equal(expected, variable == "ADMIN_KEY" ? server.AdminKey : server.ApiKey);
        Assert.Null(variable == "ADMIN_KEY" ? server.ApiKey : server.AdminKey);
    }

    [Fact]
    public void Load_BothKeys_ApiKeyWins()
    {
        using var folder = new ConfigFolder().Set("AUTHORIZATION", "Bearer b").Set("API_KEY", "a");

        Assert.Equal("a", folder.LoadValid().Server.ApiKey);
    }

    [Fact]
    public void Load_AdminKeyEverywhere_VariableBeatsFile()
    {
        using var folder = new ConfigFolder().Write("server: { admin_key: file }");

        Assert.Equal("file", folder.LoadValid().Server.AdminKey);
        folder.Set("ADMIN_KEY", "environment");
        Assert.Equal("environment", folder.LoadValid().Server.AdminKey);
    }

    [Theory]
    [InlineData("API_KEY", "  ", "leave the gateway open")]
    [InlineData("AUTHORIZATION", "Bearer ", "leave the gateway open")]
    [InlineData("ADMIN_KEY", "Bearer ", "have no /admin")]
    public void Load_KeyWithoutAnything_IsRefused(string variable, string value, string meaning)
    {
        using var folder = new ConfigFolder().Set(variable, value);

        Assert.Equal([$"{variable}: the key is empty; leave it out to {meaning}"], folder.Errors());
    }

    [Theory]
    [InlineData("http://localhost:8081", "http://localhost:8081/")]
    [InlineData("http://localhost:8081/", "http://localhost:8081/")]
    [InlineData("http://localhost:8081/v1", "http://localhost:8081/")]
    [InlineData("http://localhost:8081/v1/", "http://localhost:8081/")]
    [InlineData(" https://api.example.com/openai/v1 ", "https://api.example.com/openai")]
    [InlineData("http://[::1]:8081/v1", "http://[::1]:8081/")]
    [InlineData("http://host/v1beta", "http://host/v1beta")]
    public void Load_BackendUrl_BecomesTheDefaultBackend(string text, string expected)
    {
        using var folder = new ConfigFolder().Set("BACKEND_URL", text);

        var config = folder.LoadValid();

        var backend = Assert.Single(config.Backends);
        Assert.Equal(("backend", "http", expected), (backend.Name, backend.Type, backend.Url!.AbsoluteUri));
        Assert.Equal("backend", config.DefaultBackend);
        Assert.False(config.IsEchoMode);
    }

    [Fact]
    public void Load_BackendUrlBesideFile_IsAddedAndTheDefault()
    {
        using var folder = new ConfigFolder().Set("BACKEND_URL", "http://new")
            .Write("default_backend: a\nbackends: [{ name: a, type: echo }, { name: backend, url: 'http://old' }]");

        var config = folder.LoadValid();

        Assert.Equal(["a", "backend"], config.Backends.Select(b => b.Name));
        Assert.Equal("http://new/", config.Backends[1].Url!.AbsoluteUri);
        Assert.Equal("backend", config.DefaultBackend);
    }

    [Theory]
    [InlineData("PORT", "x", false, "PORT: 'x' is not a port from 0 to 65535")]
    [InlineData("PORT", "65536", false, "PORT: '65536' is not a port from 0 to 65535")]
    [InlineData("PORT", "x", true, "--port: 'x' is not a port from 0 to 65535")]
    [InlineData("BACKEND_URL", "nope", false, "BACKEND_URL: 'nope' is not an address like http://localhost:8081")]
    [InlineData("BACKEND_URL", "nope", true, "--backend-url: 'nope' is not an address like http://localhost:8081")]
    [InlineData("LOG_LEVEL", "infos", false, "LOG_LEVEL: 'infos' is not one of trace, debug, info, warning, error, none; did you mean 'info'?")]
    [InlineData("LOG_FORMAT", "xml", false, "LOG_FORMAT: 'xml' is not one of text, json")]
    [InlineData("CONFIG_FILE", "other.yaml", false, "other.yaml: there is no such file")]
    public void Load_WrongVariable_NamesItsSource(string variable, string value, bool isOption, string error)
    {
        using var folder = new ConfigFolder();
        _ = isOption ? folder.Option(variable, value) : folder.Set(variable, value);

        Assert.Equal([error], folder.Errors());
    }

    [Fact]
    public void Load_NamedFile_IsReadInPlaceOfTheDefault()
    {
        using var folder = new ConfigFolder().Write("server: { port: 1 }").Write("server: { port: 2 }", "other.yaml").Set("CONFIG_FILE", "other.yaml");

        var config = folder.LoadValid();

        Assert.Equal(2, config.Server.Port);
        Assert.Equal(Path.Combine(folder.Directory, "other.yaml"), config.File);
    }

    [Fact]
    public void Load_NoDefaultFile_ReadsOnlyANamedOne()
    {
        using var folder = new ConfigFolder { DefaultFile = null }.Write("server: { port: 1 }");

        Assert.Equal(8080, folder.LoadValid().Server.Port);
        folder.Option("CONFIG_FILE", "config.yaml");
        Assert.Equal(1, folder.LoadValid().Server.Port);
        folder.Option("CONFIG_FILE", "missing.yaml");
        Assert.Equal(["missing.yaml: there is no such file"], folder.Errors());
    }

    [Fact]
    public void Load_Embedded_OnlyTheFileMayNameVariables()
    {
        using var folder = new ConfigFolder { ReadsVariables = false }.Set("PORT", "9").Set("KEY", "k").Write("server: { api_key: '${KEY}' }");

        var config = folder.LoadValid();

        Assert.Equal((8080, "k"), (config.Server.Port, config.Server.ApiKey));
    }

    private static (int, string, string?) Door(ConfigFolder folder) =>
        folder.LoadValid().Server is var server ? (server.Port, server.Host, server.ApiKey) : default;
}
