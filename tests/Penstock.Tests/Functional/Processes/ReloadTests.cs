using System.Net;
using System.Text;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>A configuration that changes while the gateway runs.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task Reload_FileChanges_NewOneIsTakenAndBadOneIsNot()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(EchoNamed("one")));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, "one"));

        await gateway.WriteFileAsync("config.yaml", EchoNamed("two"));
        await UntilAsync(gateway, "two", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(gateway, "one"));

        await gateway.WriteFileAsync("config.yaml", "backends:\n  - name: three\n    type: eco\n");
        var error = await gateway.WaitForLineAsync("backends[0].type");
        await gateway.WaitForLineAsync("the old one stays in force");
        Assert.Contains("config.yaml:3: ", error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, "two"));

        await gateway.WriteFileAsync("config.yaml", EchoNamed("three"));
        await UntilAsync(gateway, "three", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(gateway, "two"));
    }

    [UnixFact]
    public async Task Reload_LinkIsExchanged_NewTargetIsTaken()
    {
        // As Kubernetes mounts a ConfigMap: config.yaml -> ..data/config.yaml, ..data -> a folder that is exchanged at once.
        var mount = Directory.CreateTempSubdirectory("penstock-mount-").FullName;
        try
        {
            Write("..1", EchoNamed("one"));
            Directory.CreateSymbolicLink(Path.Combine(mount, "..data"), "..1");
            File.CreateSymbolicLink(Path.Combine(mount, "config.yaml"), Path.Combine("..data", "config.yaml"));
            await using var gateway = await GatewayProcess.ServeAsync(
                GatewayStart.Serving(variables: ("CONFIG_FILE", Path.Combine(mount, "config.yaml"))));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, "one"));

            // Of the same length and the same time as the old one: only the content tells them apart.
            Write("..2", EchoNamed("two"));
            File.SetLastWriteTimeUtc(Path.Combine(mount, "..2", "config.yaml"), File.GetLastWriteTimeUtc(Path.Combine(mount, "..1", "config.yaml")));
            Directory.CreateSymbolicLink(Path.Combine(mount, "..data_tmp"), "..2");
            Unix.Rename(Path.Combine(mount, "..data_tmp"), Path.Combine(mount, "..data"));
            Directory.Delete(Path.Combine(mount, "..1"), recursive: true);

            await UntilAsync(gateway, "two", HttpStatusCode.OK);
        }
        finally
        {
            Directory.Delete(mount, recursive: true);
        }

        void Write(string folder, string yaml)
        {
            Directory.CreateDirectory(Path.Combine(mount, folder));
            File.WriteAllText(Path.Combine(mount, folder, "config.yaml"), yaml);
        }
    }

    [Fact]
    public async Task Reload_FileAppearsLater_ItIsTaken()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving());
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, "anything"));

        await gateway.WriteFileAsync("config.yaml", EchoNamed("one"));

        await UntilAsync(gateway, "anything", HttpStatusCode.NotFound);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, "one"));
    }

    [Fact]
    public async Task Reload_FileIsGone_OldConfigurationStays()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(EchoNamed("one")));

        File.Delete(Path.Combine(gateway.Directory, "config.yaml"));
        await gateway.WaitForLineAsync("the old one stays in force");
        Assert.Contains("config.yaml: there is no such file any more", gateway.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(gateway, "anything"));

        await gateway.WriteFileAsync("config.yaml", EchoNamed("two"));
        await UntilAsync(gateway, "two", HttpStatusCode.OK);
    }

    [UnixFact]
    public async Task Reload_Hangup_ReadsTheFileAgain()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(EchoNamed("one")));

        gateway.HangUp();
        await gateway.WaitForLineAsync("Configuration reloaded: 1 backends");

        Assert.False(gateway.HasExited);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, "one"));
    }

    [Fact]
    public async Task Reload_RequestsAreOpen_NoneBreaks()
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.PauseAfter(1, "one two three"));
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(HttpNamed("m", upstream.Url)));
        using var stream = await OpenStream.ChatAsync(gateway.Client);
        await stream.ReadToAsync("one");
        upstream.Enqueue(Scripts.OnceReleased(Scripts.Chat("whole")));
        var whole = PostAsync(gateway, "m");
        await upstream.WaitForRequestAsync(2);

        // The backend that they are at is not there any more.
        await gateway.WriteFileAsync("config.yaml", EchoNamed("other"));
        await UntilAsync(gateway, "other", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(gateway, "m"));
        upstream.Release();
        var events = await stream.ReadToEndAsync();
        using var answer = await whole;

        Assert.Equal("one two three", events.Content);
        Assert.True(events.IsDone);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("whole", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Reload_OverAndOverUnderLoad_EveryCallIsAnswered()
    {
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving(EchoNamed("one")));
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(_ => CallAsync()).ToArray();
        for (var i = 0; i < 20; i++)
        {
            gateway.HangUp();
            await Patience.UntilAsync(() => gateway.Output.Split("Configuration reloaded").Length > i + 1, "a reload");
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(callers), count => Assert.True(count > 0));

        async Task<int> CallAsync()
        {
            var count = 0;
            for (; !stop.IsCancellationRequested || count == 0; count++) Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, "one"));
            return count;
        }
    }

    private static string EchoNamed(string name) => $"backends:\n  - {{ name: {name}, type: echo }}\n";

    private static string HttpNamed(string name, string url) => $"backends:\n  - {{ name: {name}, url: '{url}' }}\n";

    private static async Task UntilAsync(GatewayProcess gateway, string model, HttpStatusCode status)
    {
        using var patience = new CancellationTokenSource(Patience.Default);
        while (await AskAsync(gateway, model) != status)
        {
            Assert.False(patience.IsCancellationRequested, $"{model} is not {status}:\n{gateway.Output}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static async Task<HttpStatusCode> AskAsync(GatewayProcess gateway, string model)
    {
        using var response = await PostAsync(gateway, model);
        return response.StatusCode;
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayProcess gateway, string model) => gateway.Client.PostAsync(
        "/v1/chat/completions",
        new StringContent($$"""{"model":"{{model}}","messages":[{"role":"user","content":"x"}]}""", Encoding.UTF8, "application/json"));
}
