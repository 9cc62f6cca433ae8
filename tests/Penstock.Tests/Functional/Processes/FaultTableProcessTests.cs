using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary>Rows 29 and 30 of the fault table: processes that are told to stop, or are killed, under load.</summary>
public sealed class FaultTableProcessTests
{
    private const int Words = 20;

    private static readonly string Text = ChatJson.Words(Words);

    [UnixFact]
    public async Task Row29_TerminateUnderLoad_NoRequestThatWasAcceptedFails()
    {
        await using var upstream = ScriptedUpstream.Start(Scripts.Stream(Text, new ChatStream { Before = (_, _) => Task.Delay(3) }));
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving($$"""
            server: { drain_timeout: 25 }
            backends: [{ name: m, url: '{{upstream.Url}}', health: off }]
            """));
        var whole = new ConcurrentDictionary<string, bool>();
        var count = 0;

        var callers = Enumerable.Range(0, 30).Select(_ => Task.Run(CallAsync)).ToArray();
        await upstream.WaitForRequestAsync(200);
        gateway.Terminate();
        await Task.WhenAll(callers).WaitAsync(Patience.Default);

        Assert.Equal(0, await gateway.WaitForExitAsync());
        // What a backend was asked was accepted, whatever became of it.
        var accepted = upstream.Requests.Select(PromptOf).ToList();
        Assert.InRange(accepted.Count, 200, int.MaxValue);
        Assert.DoesNotContain(accepted, prompt => !whole.ContainsKey(prompt));
        Assert.Equal(0, upstream.AbortedConnections);

        async Task CallAsync()
        {
            while (true)
            {
                var prompt = $"call-{Interlocked.Increment(ref count).ToString(CultureInfo.InvariantCulture)}";
                try
                {
                    var (status, body) = await AskAsync(gateway.Client, prompt, isStream: true);
                    // From here on the gateway says that it stops, and would say so for ever.
                    if (status == HttpStatusCode.ServiceUnavailable) return;
                    Assert.True(IsWhole(status, body, isStream: true), $"{(int)status}: {body}");
                    whole[prompt] = true;
                }
                catch (HttpRequestException)
                {
                    // It has stopped. Whether this one was accepted is seen at the upstream.
                    return;
                }
            }
        }
    }

    [UnixFact]
    public async Task Row30_BackendIsKilledUnder200RequestsASecond_NoRequestFails()
    {
        await using var doomed = await ServeMockAsync();
        await using var steady = await ServeMockAsync();
        await using var gateway = await GatewayProcess.ServeAsync(GatewayStart.Serving($$"""
            models: [{ name: m, backends: [doomed, steady] }]
            backends:
              - { name: doomed, url: '{{doomed.Url.GetLeftPart(UriPartial.Authority)}}' }
              - { name: steady, url: '{{steady.Url.GetLeftPart(UriPartial.Authority)}}' }
            """));
        // Code is compiled and connections are made before it counts.
        for (var i = 0; i < 20; i++) await AskAsync(gateway.Client, "warm up", isStream: i % 2 == 0);

        var calls = new List<Task<string?>>();
        await BeginAsync(calls, gateway.Client, seconds: 2);
        doomed.Kill();
        await BeginAsync(calls, gateway.Client, seconds: 3);
        var failures = (await Task.WhenAll(calls).WaitAsync(Patience.Default)).Where(failure => failure is not null).ToList();

        Assert.True(failures.Count == 0, $"{failures.Count} of {calls.Count} failed; the first: {failures.FirstOrDefault()}\n{gateway.Output[^Math.Min(gateway.Output.Length, 4000)..]}");
        Assert.Contains(gateway.Lines, line => line.Contains("backend=doomed", StringComparison.Ordinal));
    }

    private static Task<GatewayProcess> ServeMockAsync() => GatewayProcess.ServeAsync(GatewayStart.Command(
        "mock", "--port", "0", "--content", Text, "--token-interval-ms", "5"));

    /// <summary>Begins 200 calls a second, whatever becomes of those before.</summary>
    private static async Task BeginAsync(List<Task<string?>> calls, HttpClient client, int seconds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var tick = 0; tick < seconds * 20; tick++)
        {
            await timer.WaitForNextTickAsync();
            for (var i = 0; i < 10; i++) calls.Add(FailureOfAsync(client, isStream: i % 2 == 0));
        }
    }

    private static async Task<string?> FailureOfAsync(HttpClient client, bool isStream)
    {
        try
        {
            var (status, body) = await AskAsync(client, "hello", isStream);
            return IsWhole(status, body, isStream) ? null : $"{(int)status}: {body}";
        }
        catch (HttpRequestException e)
        {
            return e.ToString();
        }
    }

    private static async Task<(HttpStatusCode Status, string Body)> AskAsync(HttpClient client, string prompt, bool isStream)
    {
        var json = $$"""{"model":"m","stream":{{(isStream ? "true" : "false")}},"messages":[{"role":"user","content":"{{prompt}}"}]}""";
        using var response = await client.PostAsync("/v1/chat/completions", new StringContent(json, Encoding.UTF8, "application/json"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static bool IsWhole(HttpStatusCode status, string body, bool isStream)
    {
        if (status != HttpStatusCode.OK) return false;
        if (!isStream) return AnswerAssertions.Parse(body).Content() == Text;
        var events = SseText.Parse(body);
        return events.IsDone && events.Content == Text;
    }

    private static string PromptOf(ScriptedRequest request) => request.Json.GetProperty("messages")[0].Text("content")!;
}
