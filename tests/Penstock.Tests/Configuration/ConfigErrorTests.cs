using Xunit;

namespace Penstock.Tests.Configuration;

public sealed class ConfigErrorTests
{
    private const string Head = "backends:\n  - name: a\n    type: echo\n";

    [Theory]
    [InlineData("bakends: []", "config.yaml:1: bakends: unknown key; did you mean 'backends'?")]
    [InlineData("server:\n  prot: 1", "config.yaml:2: server.prot: unknown key; did you mean 'port'?")]
    [InlineData("server:\n  zzz: 1", "config.yaml:2: server.zzz: unknown key")]
    [InlineData("server:\n  port: abc", "config.yaml:2: server.port: 'abc' is not a whole number from 0 to 65535")]
    [InlineData("server:\n  port: 65536", "config.yaml:2: server.port: '65536' is not a whole number from 0 to 65535")]
    [InlineData("server:\n  port: -1", "config.yaml:2: server.port: '-1' is not a whole number from 0 to 65535")]
    [InlineData("server:\n  port: [1]", "config.yaml:2: server.port: this must be a single value")]
    [InlineData("server: 5", "config.yaml:1: server: this must be a mapping (key: value)")]
    [InlineData("server:\n  max_body_bytes: 0", "config.yaml:2: server.max_body_bytes: '0' is not a whole number from 1 to 2147483647")]
    [InlineData("server:\n  validation: minimall", "config.yaml:2: server.validation: 'minimall' is not one of strict, minimal; did you mean 'minimal'?")]
    [InlineData("server:\n  drain_timeout: 0", "config.yaml:2: server.drain_timeout: '0' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("server:\n  drain_timeout: NaN", "config.yaml:2: server.drain_timeout: 'NaN' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("log:\n  level: loud", "config.yaml:2: log.level: 'loud' is not one of trace, debug, info, warning, error, none")]
    [InlineData("log:\n  format: jason", "config.yaml:2: log.format: 'jason' is not one of text, json; did you mean 'json'?")]
    [InlineData("response_fields: mine", "config.yaml:1: response_fields: 'mine' is not one of gateway, upstream")]
    [InlineData("backends: a", "config.yaml:1: backends: this must be a list")]
    [InlineData("backends:\n  - a", "config.yaml:2: backends[0]: this must be a mapping (key: value)")]
    [InlineData("- a", "config.yaml:1: the file must be a mapping (key: value)")]
    [InlineData("just text", "config.yaml:1: the file must be a mapping (key: value)")]
    [InlineData("a: 1\n---\nb: 2", "config.yaml:3: the file must be one document; what follows '---' would not be read")]
    public void Load_WrongFile_NamesFileLineAndPath(string yaml, string error) => AssertErrors(yaml.StartsWith("a: 1", StringComparison.Ordinal)
        ? yaml.Replace("a: 1", "response_fields: gateway", StringComparison.Ordinal) : yaml, error);

    [Theory]
    [InlineData("type: echo", "config.yaml:2: backends[0].name: a backend needs a name")]
    [InlineData("name: a b\n    type: echo", "config.yaml:2: backends[0].name: a name is made of 1 to 128 visible ASCII characters, without spaces")]
    [InlineData("name: \"\"\n    type: echo", "config.yaml:2: backends[0].name: a name is made of 1 to 128 visible ASCII characters, without spaces")]
    [InlineData("name: né\n    type: echo", "config.yaml:2: backends[0].name: a name is made of 1 to 128 visible ASCII characters, without spaces")]
    [InlineData("name: a", "config.yaml:2: backends[0].type: a backend needs a type: echo, http")]
    [InlineData("name: a\n    type: htpp", "config.yaml:3: backends[0].type: 'htpp' is not one of echo, http; did you mean 'http'?")]
    [InlineData("name: a\n    type: http", "config.yaml:2: backends[0].url: an http backend needs the address of its server")]
    [InlineData("name: a\n    type: echo\n    url: http://x", "config.yaml:4: backends[0].url: an echo backend has no server; did you mean type: http?")]
    [InlineData("name: a\n    url: localhost:8081", "config.yaml:3: backends[0].url: 'localhost:8081' is not an address like http://localhost:8081")]
    [InlineData("name: a\n    url: ftp://x", "config.yaml:3: backends[0].url: 'ftp://x' must begin with http:// or https://")]
    [InlineData("name: a\n    url: http://x?y=1", "config.yaml:3: backends[0].url: 'http://x/…' must be a base address, without a query or a fragment")]
    [InlineData("name: a\n    url: ftp://u:p@x", "config.yaml:3: backends[0].url: the address carries a user name; use api_key or headers for credentials")]
    [InlineData("name: a\n    url: http://u:p@x?k=v", "config.yaml:3: backends[0].url: the address carries a user name; use api_key or headers for credentials")]
    [InlineData("name: a\n    url: u:p@x", "config.yaml:3: backends[0].url: this is not an address like http://localhost:8081")]
    [InlineData("name: a\n    url: http://u:p@x", "config.yaml:3: backends[0].url: the address carries a user name; use api_key or headers for credentials")]
    [InlineData("name: a\n    url: http://x\n    timeout: -1", "config.yaml:4: backends[0].timeout: '-1' is not a time in seconds, more than 0 and at most 86400")]
    [InlineData("name: a\n    url: http://x\n    inject_usage: yes", "config.yaml:4: backends[0].inject_usage: 'yes' is not true or false")]
    [InlineData("name: a\n    url: http://x\n    api_key: a b", "config.yaml:4: backends[0].api_key: a key is made of visible ASCII characters")]
    [InlineData("name: a\n    url: http://x\n    models: m", "config.yaml:4: backends[0].models: this must be a list")]
    [InlineData("name: a\n    url: http://x\n    models: [m, m]", "config.yaml:4: backends[0].models: 'm' is there twice")]
    [InlineData("name: a\n    url: http://x\n    models: [\"\"]", "config.yaml:4: backends[0].models: a name is empty")]
    [InlineData("name: a\n    url: http://x\n    models: [[m]]", "config.yaml:4: backends[0].models[0]: this must be a single value")]
    [InlineData("name: a\n    url: http://x\n    headers: { \"a b\": c }", "config.yaml:4: backends[0].headers: 'a b' is not a header's name")]
    [InlineData("name: a\n    url: http://x\n    headers: { Host: c }", "config.yaml:4: backends[0].headers: 'Host' is set by the gateway")]
    [InlineData("name: a\n    url: http://x\n    headers: { X-A: \"a\\nb\" }", "config.yaml:4: backends[0].headers: the value of 'X-A' has a line end in it")]
    [InlineData("name: a\n    url: http://x\n    headers:\n      X-A: 1\n      x-a: 2", "config.yaml:6: backends[0].headers.x-a: this name is there twice")]
    [InlineData("name: a\n    url: http://x\n    options: { a: b }", "config.yaml:4: backends[0].options: a backend of type http has no options")]
    [InlineData("name: a\n    url: http://x\n    modles: [m]", "config.yaml:4: backends[0].modles: unknown key; did you mean 'models'?")]
    [InlineData("name: a\n    url: http://x\n    api_key: ${NO_KEY}", "config.yaml:4: backends[0].api_key: the environment variable 'NO_KEY' is not set (write ${NO_KEY:-default} where it may be)")]
    [InlineData("name: a\n    url: http://x\n    model: \"${X\"", "config.yaml:4: backends[0].model: '${' without its '}' (write '$${' for a literal one)")]
    public void Load_WrongBackend_NamesFileLineAndPath(string backend, string error) => AssertErrors("backends:\n  - " + backend, error);

    [Theory]
    [InlineData("default_backend: b\n", "config.yaml:1: default_backend: there is no backend 'b'")]
    [InlineData("default_backend: lokal\n", "config.yaml:1: default_backend: there is no backend 'lokal'; did you mean 'local'?")]
    [InlineData("default_backend: backend\n", "config.yaml:1: default_backend: there is no backend 'backend', and BACKEND_URL is not set")]
    public void Load_UnknownDefault_SaysSo(string line, string error) =>
        AssertErrors(line + "backends:\n  - name: local\n    type: echo\n", error);

    [Fact]
    public void Load_DuplicateName_NamesTheSecond() =>
        AssertErrors(Head + "  - name: a\n    type: echo", "config.yaml:4: backends[1].name: there are two backends 'a'");

    [Fact]
    public void Load_DefaultIsABackendWithErrors_IsNotUnknown() =>
        AssertErrors("default_backend: a\nbackends:\n  - name: a\n    type: htpp", "config.yaml:4: backends[0].type: 'htpp' is not one of echo, http; did you mean 'http'?");

    [Theory]
    [InlineData("api_key", "leave the gateway open")]
    [InlineData("admin_key", "have no /admin")]
    public void Load_EmptyServerKey_IsRefused(string key, string meaning) =>
        AssertErrors($"server:\n  {key}: ${{KEY:-}}", $"config.yaml:2: server.{key}: the key is empty; leave it out to {meaning}");

    [Fact]
    public void Load_ManyErrors_ReportsAllInTheOrderOfTheFile() => AssertErrors(
        "log:\n  level: loud\nserver:\n  port: x\nbackends:\n  - name: a\n    url: nowhere\n    tiemout: 1\n  - type: echo\nzzz: 1\n",
        "config.yaml:2: log.level: 'loud' is not one of trace, debug, info, warning, error, none",
        "config.yaml:4: server.port: 'x' is not a whole number from 0 to 65535",
        "config.yaml:7: backends[0].url: 'nowhere' is not an address like http://localhost:8081",
        "config.yaml:8: backends[0].tiemout: unknown key; did you mean 'timeout'?",
        "config.yaml:9: backends[1].name: a backend needs a name",
        "config.yaml:10: zzz: unknown key");

    [Theory]
    [InlineData("backends: [", 1)]
    [InlineData("server:\n  port: 1\n port: 2", 3)]
    [InlineData("server:\n\tport: 1", 1)]
    [InlineData("server:\n  port: 1\nserver:\n  port: 2", 3)]
    [InlineData("server: *nothing", 1)]
    [InlineData("server: \"\\q\"", 1)]
    public void Load_NoYaml_SaysWhere(string yaml, int line)
    {
        using var folder = new ConfigFolder().Write(yaml);

        var error = Assert.Single(folder.Load().Errors);

        Assert.StartsWith("this is not YAML: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(folder.File, error.Source);
        Assert.True(error.Line >= line, error.ToString());
    }

    private static void AssertErrors(string yaml, params string[] errors)
    {
        using var folder = new ConfigFolder().Write(yaml);

        Assert.Equal(errors, folder.Errors());
        Assert.Null(folder.Load().Config);
    }
}
