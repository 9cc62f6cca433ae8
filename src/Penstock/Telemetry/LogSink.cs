namespace Penstock.Telemetry;

/// <summary>
/// Where log lines go: a pair of buffers, filled by whoever logs and written by one thread. A line costs a copy under
/// a short lock and never waits for the reader of the output; when that one cannot keep up, lines are dropped and counted.
/// </summary>
internal sealed class LogSink : IDisposable
{
    // 256 KiB hold a thousand access-log lines: a tenth of a second at full load.
    private const int Capacity = 256 * 1024;

    // Waiting this long after the first line makes one write of many, and is too short to be noticed by a person.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);

    private readonly Stream _output;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Thread _writer;
    private byte[] _filling = new byte[Capacity];
    private byte[] _writing = new byte[Capacity];
    private int _filled;
    private long _dropped;
    private bool _closed;

    public LogSink(Stream output)
    {
        _output = output;
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "penstock-log" };
        _writer.Start();
    }

    /// <summary>How many lines were dropped since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes a whole line, its line end included. Never blocks on the output.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        bool wasEmpty;
        lock (_lock)
        {
            if (_closed || line.Length > Capacity - _filled)
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            wasEmpty = _filled == 0;
            line.CopyTo(_filling.AsSpan(_filled));
            _filled += line.Length;
        }

        // Only the first line of a batch wakes the writer: a system call a batch, not a line.
        if (wasEmpty) Wake();
    }

    /// <summary>Writes out what is left, waiting at most two seconds for a reader that has stopped reading.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
        }

        Wake();
        if (_writer.Join(TimeSpan.FromSeconds(2))) _wake.Dispose();
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // The writer has been told already.
        }
    }

    private void WriteAll()
    {
        var reported = 0L;
        for (var open = true; open;)
        {
            _wake.Wait();
            if (!Volatile.Read(ref _closed)) Thread.Sleep(Gather);
            int length;
            lock (_lock)
            {
                (_filling, _writing) = (_writing, _filling);
                length = _filled;
                _filled = 0;
                open = !_closed;
            }

            var batch = _writing.AsSpan(0, length);
            if (!TryWrite(batch)) Interlocked.Add(ref _dropped, batch.Count((byte)'\n'));
            var dropped = Dropped;
            if (dropped > reported && TryReport(dropped - reported)) reported = dropped;
        }
    }

    // A line of its own, in both formats readable as what it is.
    private bool TryReport(long dropped) => TryWrite(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant(
        $"{{\"level\":\"warning\",\"message\":\"log lines dropped, because the output did not keep up\",\"count\":{dropped}}}\n")));

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _output.Write(bytes);
            _output.Flush();
            return true;
        }
        catch (Exception)
        {
            // Nobody reads any more, the disk is full, there is no output at all: whatever it is, the gateway goes on
            // without its log, counts what is lost and tries again with the next batch.
            return false;
        }
    }
}
