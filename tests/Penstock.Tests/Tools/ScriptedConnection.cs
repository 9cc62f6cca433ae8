using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace Penstock.Tests.Tools;

/// <summary>One connection of a <see cref="ScriptedUpstream"/>: reads its requests, runs their scripts.</summary>
internal sealed class ScriptedConnection : IDisposable
{
    private readonly ScriptedUpstream _upstream;
    private readonly Socket _socket;
    private readonly int _number;

    // Unbounded: the socket is read on while a script runs, since only a read tells that the client has gone.
    private readonly Pipe _received = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly TaskCompletionSource _clientGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _gone = new();
    private ScriptedExchange? _exchange;
    private int _closing;
    private int _aborted;

    public ScriptedConnection(ScriptedUpstream upstream, Socket socket, int number)
    {
        _upstream = upstream;
        _socket = socket;
        _number = number;
        ClientGoneToken = _gone.Token;
    }

    public bool Closed => Volatile.Read(ref _closing) != 0;

    /// <summary>Completes when the client has closed or reset the connection, or the upstream is disposed.</summary>
    public Task ClientGone => _clientGone.Task;

    public CancellationToken ClientGoneToken { get; }

    public ScriptedUpstream Upstream => _upstream;

    public void Dispose()
    {
        Close();
        _gone.Dispose();
    }

    public async Task RunAsync()
    {
        var receiving = ReceiveAsync();
        try
        {
            for (var n = 1; !Closed; n++)
            {
                var request = await ReadRequestAsync(n);
                if (request is null || !await AnswerAsync(request))
                    break;
            }
        }
        catch (FormatException e)
        {
            _upstream.Failed(e);
        }
        finally
        {
            Close();
            await receiving;
            await _received.Reader.CompleteAsync();
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            try
            {
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
            }
            catch (ObjectDisposedException e)
            {
                throw new IOException("The upstream has already closed this connection.", e);
            }
            catch (SocketException e)
            {
                Gone();
                throw new IOException("The client has gone.", e);
            }
        }
    }

    /// <summary>Closes in order: what was written arrives, then a FIN.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
            return;
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client was first.
        }

        _socket.Dispose();
    }

    /// <summary>Resets: the client gets a RST, and may lose what it had not read yet.</summary>
    public void Reset()
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
            return;
        try
        {
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // The client was first.
        }

        _socket.Close(0);
    }

    private async Task<bool> AnswerAsync(ScriptedRequest request)
    {
        var exchange = new ScriptedExchange(this, request);
        // Set before the test can know of the request, and the client be told to leave.
        Interlocked.Exchange(ref _exchange, exchange);
        if (ClientGone.IsCompleted)
            CountAbort();
        var failed = false;
        try
        {
            await _upstream.Record(request)(exchange);
        }
        catch (Exception e)
        {
            failed = true;
            // Writing to a client that has gone, or has been cut off on purpose, is no error of the script.
            if (!(e is IOException or OperationCanceledException && (Closed || ClientGone.IsCompleted)))
                _upstream.Failed(e);
        }

        if (!exchange.Complete && !Closed && ClientGone.IsCompleted)
            CountAbort();
        if (failed)
            Reset();
        Interlocked.Exchange(ref _exchange, null);
        return exchange.Complete && !Closed && _upstream.ReadsBody;
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var memory = _received.Writer.GetMemory(16 * 1024);
                var count = await _socket.ReceiveAsync(memory, SocketFlags.None);
                if (count == 0)
                    break;
                _received.Writer.Advance(count);
                await _received.Writer.FlushAsync();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // A reset by the client, or by a script.
        }

        Gone();
        await _gone.CancelAsync();
        await _received.Writer.CompleteAsync();
    }

    private void Gone()
    {
        var byUs = Closed;
        _clientGone.TrySetResult();
        // At once, and not when the script returns, which may be waiting for something else.
        if (!byUs && Volatile.Read(ref _exchange) is { LastWritten: false })
            CountAbort();
    }

    private void CountAbort()
    {
        if (Interlocked.Exchange(ref _aborted, 1) == 0)
            _upstream.CountAbort();
    }

    private async Task<ScriptedRequest?> ReadRequestAsync(int numberOnConnection)
    {
        var head = await ReadHeadAsync();
        if (head is null)
            return null;
        var lines = head.Split("\r\n");
        var parts = lines[0].Split(' ');
        if (parts is not [var method, var target, "HTTP/1.1" or "HTTP/1.0"])
            throw new FormatException($"Not an HTTP/1.1 request line: {lines[0]}");

        var headers = new List<KeyValuePair<string, string>>();
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || line[..colon].AsSpan().ContainsAny(" \t"))
                throw new FormatException($"Not a header: {line}");
            headers.Add(new(line[..colon], line[(colon + 1)..].Trim(' ', '\t')));
        }

        var body = _upstream.ReadsBody ? await ReadBodyAsync(headers) : [];
        if (body is null)
        {
            if (!Closed)
                CountAbort();
            return null;
        }

        return new ScriptedRequest
        {
            Method = method,
            Target = target,
            Headers = headers,
            Head = head,
            Body = body,
            ConnectionNumber = _number,
            NumberOnConnection = numberOnConnection,
            At = _upstream.Elapsed,
        };
    }

    private async Task<string?> ReadHeadAsync()
    {
        while (true)
        {
            var read = await _received.Reader.ReadAsync();
            if (TryTake(read.Buffer, "\r\n\r\n"u8, out var head, out var rest))
            {
                _received.Reader.AdvanceTo(rest);
                return head;
            }

            _received.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (!read.IsCompleted)
                continue;
            if (!read.Buffer.IsEmpty && !Closed)
                CountAbort();
            return null;
        }
    }

    /// <summary>The body without its framing, or null where the client left in the middle of it.</summary>
    private async Task<byte[]?> ReadBodyAsync(List<KeyValuePair<string, string>> headers)
    {
        string? Value(string name) =>
            headers.LastOrDefault(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

        var length = Value("Content-Length");
        if (Value("Transfer-Encoding") is { } encoding)
        {
            if (!encoding.Equals("chunked", StringComparison.OrdinalIgnoreCase) || length is not null)
                throw new FormatException($"Transfer-Encoding {encoding} with Content-Length {length ?? "absent"}.");
            return await ReadChunksAsync();
        }

        return length is null
            ? []
            : await ReadExactlyAsync(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private async Task<byte[]?> ReadChunksAsync()
    {
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            if (await ReadLineAsync() is not { } line)
                return null;
            var size = int.Parse(line.Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
                break;
            if (await ReadExactlyAsync(size) is not { } chunk || await ReadLineAsync() is not { } end)
                return null;
            if (end.Length != 0)
                throw new FormatException($"A chunk of {size} bytes is followed by '{end}'.");
            body.Write(chunk);
        }

        while (await ReadLineAsync() is { } trailer)
        {
            if (trailer.Length == 0)
                return body.WrittenSpan.ToArray();
        }

        return null;
    }

    private async Task<byte[]?> ReadExactlyAsync(int length)
    {
        // Asked for nothing, the reader would still wait for something.
        if (length == 0)
            return [];
        var read = await _received.Reader.ReadAtLeastAsync(length);
        if (read.Buffer.Length < length)
        {
            _received.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            return null;
        }

        var bytes = read.Buffer.Slice(0, length).ToArray();
        _received.Reader.AdvanceTo(read.Buffer.GetPosition(length));
        return bytes;
    }

    private async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var read = await _received.Reader.ReadAsync();
            if (TryTake(read.Buffer, "\r\n"u8, out var line, out var rest))
            {
                _received.Reader.AdvanceTo(rest);
                return line;
            }

            _received.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }

    private static bool TryTake(
        ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> delimiter, out string text, out SequencePosition rest)
    {
        var reader = new SequenceReader<byte>(buffer);
        var found = reader.TryReadTo(out ReadOnlySequence<byte> taken, delimiter);
        text = found ? Encoding.Latin1.GetString(taken) : "";
        rest = reader.Position;
        return found;
    }
}
