using System.Net;
using System.Net.Sockets;
using System.Text;
using Penstock.Tests.Tools;
using Xunit;
using Xunit.Abstractions;

namespace Penstock.Tests.Functional.Door;

/// <summary>Callers who send a byte now and then hold a connection each, and nothing that others need.</summary>
public sealed class SlowCallersTests(ITestOutputHelper output)
{
    private const int Wanted = 2000;
    private const string SlowHead = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    private const string SlowBody = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{\"";

    [Theory]
    [InlineData(SlowHead)]
    [InlineData(SlowBody)]
    public async Task SlowCallers_InTheMiddle_DoNotStopOthers(string beginning)
    {
        // They may stay as long as they like: it is not their time that ends here.
        await using var gateway = await TestGateway.StartAsync("server:\n  limits: { header_timeout: 3600, body_rate: 0 }");
        var callers = await BeginAsync(gateway, beginning);
        if (beginning == SlowBody) await WaitForCallsAsync(gateway, callers.Count);

        for (var round = 0; round < 4; round++)
        {
            foreach (var caller in callers) await caller.SendAsync("x"u8.ToArray());
            var others = Enumerable.Range(0, 50).Select(_ => gateway.ChatAsync()).ToArray();
            foreach (var response in await Task.WhenAll(others).WaitAsync(Patience.Default))
            {
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                response.Dispose();
            }
        }

        // They were there all the time.
        if (beginning == SlowBody) await WaitForCallsAsync(gateway, callers.Count);
        Assert.All(callers, caller => Assert.False(caller.Poll(0, SelectMode.SelectRead)));
        foreach (var caller in callers) caller.Dispose();
    }

    [Theory]
    [InlineData(SlowHead, "")]
    [InlineData(SlowBody, "request_timeout")]
    public async Task SlowCallers_WhenTheirTimeIsUp_AreAnswered408AndClosed(string beginning, string code)
    {
        await using var gateway = await TestGateway.StartAsync("server:\n  limits: { header_timeout: 2, body_rate: 1000, body_grace: 2 }");
        var callers = await BeginAsync(gateway, beginning);

        var answers = await Task.WhenAll(callers.Select(ReadToEndAsync)).WaitAsync(Patience.Default * 2);

        Assert.All(answers, answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
        Assert.All(answers, answer => Assert.Contains(code, answer, StringComparison.Ordinal));
        await WaitForCallsAsync(gateway, 0);
        using var other = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        foreach (var caller in callers) caller.Dispose();
    }

    private async Task<List<Socket>> BeginAsync(TestGateway gateway, string beginning)
    {
        var count = Descriptors.RoomForPairs(Wanted);
        if (count < Wanted) output.WriteLine($"{count} callers instead of {Wanted}: this process may have {Descriptors.Most} descriptors.");
        var bytes = Encoding.ASCII.GetBytes(beginning);
        var callers = new List<Socket>(count);
        for (var i = 0; i < count; i++)
        {
            var caller = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await caller.ConnectAsync(IPAddress.Loopback, gateway.Url.Port);
            await caller.SendAsync(bytes);
            callers.Add(caller);
        }

        return callers;
    }

    private static async Task<string> ReadToEndAsync(Socket caller)
    {
        var answer = new StringBuilder();
        var buffer = new byte[1024];
        try
        {
            int count;
            while ((count = await caller.ReceiveAsync(buffer)) > 0) answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // Closed with bytes of the request unread, which the kernel says by a reset.
        }

        return answer.ToString();
    }

    private static async Task WaitForCallsAsync(TestGateway gateway, int count)
    {
        for (var deadline = Environment.TickCount64 + Patience.Default.TotalMilliseconds; ; await Task.Delay(20))
        {
            using var response = await gateway.Client.GetAsync("/metrics");
            var inFlight = (await response.JsonAsync()).GetProperty("in_flight").GetInt32();
            if (inFlight == count) return;
            Assert.True(Environment.TickCount64 < deadline, $"{inFlight} calls are in flight, not {count}");
        }
    }
}
