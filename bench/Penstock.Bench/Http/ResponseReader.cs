using System.Buffers.Text;
using System.Text;

namespace Penstock.Bench.Http;

/// <summary>Reads one HTTP/1.1 answer after another off a connection, in whatever pieces it comes.</summary>
internal sealed class ResponseReader(IAnswer answer)
{
    private readonly byte[] _head = new byte[16 * 1024];
    private readonly byte[] _said = new byte[300];
    private int _headLength;
    private int _saidLength;
    private State _state;
    private long _left;

    private enum State
    {
        Head,
        Body,
        ChunkSize,
        ChunkSizeEnd,
        Chunk,
        ChunkEnd,
        Trailer,
        Done,
    }

    public int Status { get; private set; }

    /// <summary>The server closes the connection after this answer.</summary>
    public bool Close { get; private set; }

    /// <summary>Bytes of this answer's body so far.</summary>
    public long BodyBytes { get; private set; }

    public bool IsDone => _state == State.Done;

    public void Reset()
    {
        _state = State.Head;
        _headLength = 0;
        _saidLength = 0;
        Status = 0;
        BodyBytes = 0;
        answer.Reset();
    }

    /// <summary>Takes what a read brought.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Feed(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            switch (_state)
            {
                case State.Head:
                    if (TakeHead(ref data) is { } problem)
                        return problem;
                    break;

                case State.Body or State.Chunk:
                    TakeBody(ref data);
                    break;

                case State.ChunkSize:
                    if (!TakeChunkSize(ref data))
                        return "a chunk's size is not a number";
                    break;

                case State.ChunkSizeEnd:
                    if (TakeLineEnd(ref data))
                        _state = _left > 0 ? State.Chunk : State.Trailer;
                    break;

                case State.ChunkEnd:
                    if (TakeLineEnd(ref data))
                        StartChunk();
                    break;

                case State.Trailer:
                    // Nothing that is measured here sends trailers, so the line after the last chunk is the end.
                    if (TakeLineEnd(ref data))
                        _state = State.Done;
                    break;

                default:
                    return "there were bytes after the end of the answer";
            }
        }

        return null;
    }

    /// <returns>What is wrong with the answer, which has ended; null when nothing is.</returns>
    public string? Verdict() => Status == 200
        ? answer.Verdict()
        : $"status {Status}: {Encoding.UTF8.GetString(_said, 0, _saidLength)}";

    private string? TakeHead(ref ReadOnlySpan<byte> data)
    {
        var source = data;
        if (_headLength > 0)
        {
            var kept = Math.Min(data.Length, _head.Length - _headLength);
            data[..kept].CopyTo(_head.AsSpan(_headLength));
            source = _head.AsSpan(0, _headLength + kept);
        }

        var head = Head.Parse(source);
        if (head.Length == 0)
        {
            if (source.Length >= _head.Length)
                return "the head is longer than 16 KiB";
            data.CopyTo(_head.AsSpan(_headLength));
            _headLength += data.Length;
            data = default;
            return null;
        }

        if (!source.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(source[9..12], out int status, out _))
            return "the answer does not begin with HTTP/1.1 and a status";
        data = data[(head.Length - _headLength)..];
        _headLength = 0;
        if (status < 200)
            return null;

        Status = status;
        Close = head.Close;
        if (head.Chunked)
        {
            StartChunk();
        }
        else if (head.ContentLength >= 0)
        {
            _left = head.ContentLength;
            _state = _left > 0 ? State.Body : State.Done;
        }
        else
        {
            return "the answer has neither a length nor chunks, so its end cannot be told from a break";
        }

        return null;
    }

    private void TakeBody(ref ReadOnlySpan<byte> data)
    {
        var part = data[..(int)Math.Min(_left, data.Length)];
        data = data[part.Length..];
        _left -= part.Length;
        BodyBytes += part.Length;
        if (Status == 200)
        {
            answer.Feed(part);
        }
        else
        {
            var kept = Math.Min(part.Length, _said.Length - _saidLength);
            part[..kept].CopyTo(_said.AsSpan(_saidLength));
            _saidLength += kept;
        }

        if (_left == 0)
            _state = _state == State.Chunk ? State.ChunkEnd : State.Done;
    }

    private bool TakeChunkSize(ref ReadOnlySpan<byte> data)
    {
        var c = data[0];
        var digit = c switch
        {
            >= (byte)'0' and <= (byte)'9' => c - '0',
            >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
            _ => -1,
        };

        if (digit < 0)
        {
            _state = State.ChunkSizeEnd;
            return c is (byte)'\r' or (byte)';' or (byte)' ';
        }

        _left = (_left << 4) | (uint)digit;
        data = data[1..];
        return _left < int.MaxValue;
    }

    private void StartChunk()
    {
        _left = 0;
        _state = State.ChunkSize;
    }

    /// <summary>Passes over the rest of a line, chunk extensions included.</summary>
    private static bool TakeLineEnd(ref ReadOnlySpan<byte> data)
    {
        var eol = data.IndexOf((byte)'\n');
        data = eol < 0 ? default : data[(eol + 1)..];
        return eol >= 0;
    }
}
