using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Penstock.Tests.Functional;

/// <summary>HTTP as it is on the wire, for what a client library does not send.</summary>
internal static class RawHttp
{
    /// <summary>Sends bytes as they are and returns the answer: as long as it says it is, or what comes until the server closes.</summary>
    public static async Task<string> SendAsync(Uri server, string request)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, timeout.Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request), timeout.Token);
        var answer = new MemoryStream();
        var buffer = new byte[4096];
        while (!IsWhole(answer))
        {
            var count = await stream.ReadAsync(buffer, timeout.Token);
            if (count == 0) break;
            answer.Write(buffer, 0, count);
        }

        return Text(answer);
    }

    private static bool IsWhole(MemoryStream answer)
    {
        var text = Text(answer);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end >= 0 && Header(text, "Content-Length") is { } length
            && answer.Length >= Encoding.UTF8.GetByteCount(text[..(end + 4)]) + long.Parse(length, CultureInfo.InvariantCulture);
    }

    private static string Text(MemoryStream answer) => Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);

    public static string Head(string answer) => answer.Split("\r\n\r\n", 2)[0];

    /// <summary>A header's value; null where it is missing, an error where it comes twice.</summary>
    public static string? Header(string answer, string name) => Head(answer).Split("\r\n")
        .Where(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(l => l[(name.Length + 1)..].Trim()).SingleOrDefault();
}
