using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Penstock.Bench.Http;

/// <summary>Where the load goes. Only loopback: this tool is not to be pointed at somebody's server.</summary>
internal sealed class Target
{
    private readonly IPEndPoint _endPoint;
    private readonly Uri _url;

    /// <param name="url">A base URL, or the full one of an endpoint.</param>
    public Target(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme != "http")
            throw new UsageException($"'{url}' is not an http URL");
        if (!parsed.IsLoopback)
            throw new UsageException($"'{url}' is not on this machine: only 127.0.0.1 may be loaded");
        _url = parsed;
        _endPoint = new IPEndPoint(IPAddress.Loopback, parsed.Port);
    }

    public Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(_endPoint);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A chat request as an official client would send it, ready for the wire.</summary>
    /// <param name="bodyBytes">The body's size; what a minimal body lacks is filled up with prompt.</param>
    /// <param name="streamed">Ask for a stream.</param>
    /// <param name="key">Sent as a Bearer token; null for none.</param>
    public byte[] ChatRequest(int bodyBytes, bool streamed, string? key)
    {
        const string Before = "{\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"},"
            + "{\"role\":\"user\",\"content\":\"";
        var after = "\"}],\"model\":\"mock\",\"temperature\":0.7" + (streamed ? ",\"stream\":true}" : "}");
        var body = Before + Prompt(bodyBytes - Before.Length - after.Length) + after;
        return Encoding.ASCII.GetBytes(Head("POST", "/v1/chat/completions", key)
            + $"Content-Type: application/json\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{body}");
    }

    public byte[] GetRequest(string path) => Encoding.ASCII.GetBytes(Head("GET", path, key: null) + "\r\n");

    private string Head(string method, string path, string? key)
    {
        if (_url.AbsolutePath != "/")
            path = _url.AbsolutePath;
        var authorization = key is null ? "" : $"Authorization: Bearer {key}\r\n";
        return $"{method} {path} HTTP/1.1\r\nHost: {_url.Authority}\r\nAccept: application/json\r\n"
            + $"User-Agent: penstock-bench/1.0\r\n{authorization}";
    }

    /// <summary>Prose with a line break, escaped, now and then: a string without any would flatter a JSON reader.</summary>
    private static string Prompt(int length)
    {
        const string Line = "The water comes down from the lake, through the gate and the long pipe, to the wheel below.\\n";
        var prompt = new StringBuilder(Math.Max(length, 0) + Line.Length);
        while (prompt.Length + Line.Length <= length)
            prompt.Append(Line);
        while (prompt.Length < length)
            prompt.Append('.');
        return prompt.ToString();
    }
}
