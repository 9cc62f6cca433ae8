using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Penstock.Tests.Tools;

namespace Penstock.Tests.Functional.Door;

/// <summary>A caller that sends whatever it is given, over one connection as long as that is in order.</summary>
internal sealed class FuzzConnection(int port) : IDisposable
{
    // Who waits for more of a request says nothing. It is no failure if the time is too short: the end of the request
    // is told a little early then.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(40);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;

    public int Connections { get; private set; }

    /// <summary>Sends a request and returns the status of what came back; 0 where the connection ended without an answer.</summary>
    /// <exception cref="TimeoutException">Nothing came, and no end.</exception>
    public async Task<int> SendAsync(MutatedRequest request)
    {
        // What was framed badly may have left anything behind.
        if (!request.IsFramed) Reset();
        _socket ??= await ConnectAsync();
        try
        {
            for (ReadOnlyMemory<byte> rest = request.Bytes; !rest.IsEmpty;) rest = rest[await _socket.SendAsync(rest, SocketFlags.None)..];
            if (request.IsCut) _socket.Shutdown(SocketShutdown.Send);
            var (status, goesOn) = await ReadAnswerAsync(_socket, isWholeSure: request.IsFramed || request.IsCut);
            if (!request.IsFramed || !goesOn) Reset();
            return status;
        }
        catch (SocketException)
        {
            Reset();
            return 0;
        }
    }

    public void Dispose() => Reset();

    // At once, so that no port is kept back for what may still come.
    private void Reset()
    {
        _socket?.Close(0);
        _socket = null;
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        Connections++;
        return socket;
    }

    private async Task<(int Status, bool GoesOn)> ReadAnswerAsync(Socket socket, bool isWholeSure)
    {
        var filled = 0;
        using var patience = new CancellationTokenSource(Patience.Default);
        while (true)
        {
            int count;
            var reading = socket.ReceiveAsync(_buffer.AsMemory(filled), SocketFlags.None, patience.Token);
            try
            {
                count = reading.IsCompleted || isWholeSure ? await reading : await ReadOrEndAsync(socket, reading.AsTask());
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No end after: {Encoding.Latin1.GetString(_buffer, 0, filled)}");
            }

            if (count == 0) return (StatusOf(_buffer.AsSpan(0, filled)), false);
            filled += count;
            if (TryReadWhole(_buffer.AsSpan(0, filled), out var status, out var goesOn)) return (status, goesOn);
            // What is longer is read on over itself; nobody looks at it.
            if (filled == _buffer.Length) filled = _buffer.Length / 2;
        }
    }

    private static async Task<int> ReadOrEndAsync(Socket socket, Task<int> reading)
    {
        if (await Task.WhenAny(reading, Task.Delay(Quiet)) != reading) socket.Shutdown(SocketShutdown.Send);
        return await reading;
    }

    private static bool TryReadWhole(ReadOnlySpan<byte> answer, out int status, out bool goesOn)
    {
        (status, goesOn) = (StatusOf(answer), false);
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;
        // "100 Continue" comes before the answer.
        if (status == 100) return TryReadWhole(answer[(end + 4)..], out status, out goesOn);
        var head = Encoding.Latin1.GetString(answer[..end]);
        goesOn = !head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase);
        var body = answer[(end + 4)..];
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)) return body.EndsWith("0\r\n\r\n"u8);
        const string Length = "Content-Length: ";
        var at = head.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return status is 204 or 304;
        var digits = head.AsSpan(at + Length.Length);
        var lineEnd = digits.IndexOf('\r');
        return body.Length >= int.Parse(lineEnd < 0 ? digits : digits[..lineEnd], NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static int StatusOf(ReadOnlySpan<byte> answer) =>
        answer.StartsWith("HTTP/1.1 "u8) && answer.Length >= 12 ? int.Parse(Encoding.Latin1.GetString(answer[9..12]), CultureInfo.InvariantCulture) : 0;
}
