namespace Penstock.Bench.Http;

/// <summary>An SSE stream: counts its data events however the bytes are cut, and wants to see it end with [DONE].</summary>
/// <param name="expected">How many data events, [DONE] included, make a whole stream; 0 for any number.</param>
internal sealed class StreamAnswer(int expected) : IAnswer
{
    // Enough of a line's beginning to tell `data: {"error"` from every other kind.
    private readonly byte[] _line = new byte[16];
    private int _lineLength;
    private bool _done;
    private bool _failed;

    public int Events { get; private set; }

    public void Reset()
    {
        _lineLength = 0;
        _done = false;
        _failed = false;
        Events = 0;
    }

    public void Feed(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var eol = body.IndexOf((byte)'\n');
            var part = eol < 0 ? body : body[..eol];
            var kept = Math.Min(part.Length, _line.Length - _lineLength);
            part[..kept].CopyTo(_line.AsSpan(_lineLength));
            _lineLength += kept;
            if (eol < 0)
                return;
            EndLine();
            body = body[(eol + 1)..];
        }
    }

    public string? Verdict()
    {
        if (_failed)
            return "the stream ended with an error event";
        if (!_done)
            return $"the stream ended after {Events} events without [DONE]";
        return expected > 0 && Events != expected ? $"the stream had {Events} events instead of {expected}" : null;
    }

    private void EndLine()
    {
        var line = _line.AsSpan(0, _lineLength).TrimEnd((byte)'\r');
        _lineLength = 0;
        if (!line.StartsWith("data:"u8))
            return;
        Events++;
        var data = line[5..].TrimStart((byte)' ');
        _done = data.SequenceEqual("[DONE]"u8);
        if (data.StartsWith("{\"error\""u8))
            _failed = true;
    }
}
