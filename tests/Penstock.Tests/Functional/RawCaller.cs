using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Penstock.Tests.Tools;

namespace Penstock.Tests.Functional;

/// <summary>A caller without an HTTP library: it sends what no library would, and leaves when it likes.</summary>
internal sealed class RawCaller : IDisposable
{
    private readonly Socket _socket;
    private readonly StringBuilder _received = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    private RawCaller(Socket socket) => _socket = socket;

    /// <summary>All that has come so far, as Latin-1.</summary>
    public string Received => _received.ToString();

    /// <summary>Whether the gateway reset the connection instead of closing it.</summary>
    public bool WasReset { get; private set; }

    public static async Task<RawCaller> ConnectAsync(Uri gateway, int? receiveBuffer = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes) socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(IPAddress.Loopback, gateway.Port);
        return new RawCaller(socket);
    }

    public async Task SendAsync(string text)
    {
        for (ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(text); !rest.IsEmpty;)
            rest = rest[await _socket.SendAsync(rest, SocketFlags.None)..];
    }

    /// <summary>Posts JSON.</summary>
    /// <param name="path">The request target.</param>
    /// <param name="json">The body.</param>
    /// <param name="headers">More headers, each with its line end.</param>
    public Task PostAsync(string path, string json, string headers = "") => SendAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"POST {path} HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n{headers}\r\n{json}"));

    /// <summary>Reads until a text has come.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        while (!Received.Contains(text, StringComparison.Ordinal))
        {
            if (!await ReadAsync()) throw new IOException($"The connection ended without '{text}': {Received}");
        }

        return Received;
    }

    /// <summary>Reads until the gateway ends the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReadAsync())
        {
        }

        return Received;
    }

    /// <summary>Leaves in order (FIN).</summary>
    public void Close()
    {
        _socket.Shutdown(SocketShutdown.Both);
        _socket.Dispose();
    }

    /// <summary>Leaves at once (RST).</summary>
    public void Reset() => _socket.Close(0);

    public void Dispose() => _socket.Dispose();

    private async Task<bool> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Default);
        try
        {
            var count = await _socket.ReceiveAsync(_buffer, SocketFlags.None, patience.Token);
            _received.Append(Encoding.Latin1.GetString(_buffer, 0, count));
            return count > 0;
        }
        catch (SocketException)
        {
            WasReset = true;
            return false;
        }
    }
}
