using System.Globalization;
using System.Text;

namespace Penstock.Tests.Tools;

/// <summary>One request and the pen that writes its answer, for the scripts of a <see cref="ScriptedUpstream"/>.</summary>
internal sealed class ScriptedExchange(ScriptedConnection connection, ScriptedRequest request)
{
    private bool _chunking;
    private bool _wroteRaw;
    private bool _complete;
    private long _written;

    public ScriptedRequest Request => request;

    /// <summary>The upstream's gate: <c>await exchange.Released</c> goes on when the test calls Release.</summary>
    public Task Released => connection.Upstream.Released.Task;

    /// <summary>True: every byte goes out by a send of its own.</summary>
    public bool OneByteAWrite { get; set; }

    /// <summary>False: the connection is closed after this answer.</summary>
    public bool KeepAlive { get; set; } = true;

    /// <summary>Bytes that the kernel has taken, for tests of backpressure.</summary>
    public long BytesWritten => Volatile.Read(ref _written);

    /// <summary>Whether this side or the client has closed or reset the connection.</summary>
    public bool Over => connection.Closed || connection.ClientGone.IsCompleted;

    /// <summary>Cancelled when the client has closed or reset the connection.</summary>
    public CancellationToken ClientGone => connection.ClientGoneToken;

    internal bool LastWritten => Volatile.Read(ref _complete);

    // Raw bytes are taken to be a whole answer once the script returns; a chunked body is whole after its last chunk.
    internal bool Complete => _complete || (_wroteRaw && !_chunking && !connection.ClientGone.IsCompleted);

    /// <summary>
    /// Says that the next write ends the answer, so that a client that leaves right after it has not aborted.
    /// Scripts that write raw bytes call it; <see cref="JsonAsync"/> and <see cref="FinishChunksAsync"/> do so by themselves.
    /// </summary>
    public void LastWrite() => _complete = !connection.ClientGone.IsCompleted;

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        _wroteRaw = true;
        if (!OneByteAWrite)
        {
            await connection.SendAsync(bytes);
            Interlocked.Add(ref _written, bytes.Length);
            return;
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            await connection.SendAsync(bytes.Slice(i, 1));
            Interlocked.Increment(ref _written);
            await Task.Yield();
        }
    }

    /// <summary>Writes text as UTF-8.</summary>
    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a status line and headers, with the empty line after them.</summary>
    public Task HeadAsync(int status, params (string Name, string Value)[] headers)
    {
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Scripted\r\n");
        foreach (var (name, value) in headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        return WriteAsync(head.Append("\r\n").ToString());
    }

    /// <summary>A whole answer with its Content-Length, in one write.</summary>
    public async Task AnswerAsync(
        int status, string contentType, ReadOnlyMemory<byte> body, params (string Name, string Value)[] headers)
    {
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Scripted\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Type: {contentType}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        foreach (var (name, value) in headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (!KeepAlive)
            head.Append("Connection: close\r\n");
        head.Append("\r\n");

        var bytes = new byte[head.Length + body.Length];
        Encoding.Latin1.GetBytes(head.ToString(), bytes);
        body.CopyTo(bytes.AsMemory(head.Length));
        LastWrite();
        await WriteAsync(request.Method == "HEAD" ? bytes.AsMemory(0, head.Length) : bytes);
        await EndAsync();
    }

    public Task JsonAsync(int status, string json, params (string Name, string Value)[] headers) =>
        AnswerAsync(status, "application/json", Encoding.UTF8.GetBytes(json), headers);

    /// <summary>Starts an SSE answer with a chunked body.</summary>
    public Task StartSseAsync(params (string Name, string Value)[] headers) =>
        StartChunksAsync(200, "text/event-stream", headers);

    public Task StartChunksAsync(int status, string contentType, params (string Name, string Value)[] headers)
    {
        _chunking = true;
        return HeadAsync(
            status, [("Content-Type", contentType), ("Transfer-Encoding", "chunked"), .. headers]);
    }

    /// <summary>Writes <c>data: …</c> and the empty line, as one chunk in one write.</summary>
    public Task EventAsync(string data) => ChunkAsync($"data: {data}\n\n");

    /// <summary>Writes one chunk of the body, in one write.</summary>
    public async Task ChunkAsync(ReadOnlyMemory<byte> bytes)
    {
        // An empty chunk would end the body.
        if (bytes.IsEmpty)
            return;
        var size = Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
        var framed = new byte[size.Length + bytes.Length + 2];
        size.CopyTo(framed, 0);
        bytes.CopyTo(framed.AsMemory(size.Length));
        "\r\n"u8.CopyTo(framed.AsSpan(size.Length + bytes.Length));
        await WriteAsync(framed);
    }

    public Task ChunkAsync(string text) => ChunkAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes the last chunk, which makes the answer whole.</summary>
    public async Task FinishChunksAsync()
    {
        LastWrite();
        _chunking = false;
        await WriteAsync("0\r\n\r\n"u8.ToArray());
        await EndAsync();
    }

    /// <summary>Resets the connection: the client sees a RST at once.</summary>
    public Task ResetAsync()
    {
        connection.Reset();
        return Task.CompletedTask;
    }

    /// <summary>Closes the connection in order: the client sees what was written, then its end.</summary>
    public Task CloseAsync()
    {
        connection.Close();
        return Task.CompletedTask;
    }

    /// <summary>Completes when the client has closed or reset the connection.</summary>
    public Task WaitForClientAbortAsync() => connection.ClientGone;

    private Task EndAsync() => KeepAlive ? Task.CompletedTask : CloseAsync();
}
