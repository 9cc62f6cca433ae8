using System.Net.Sockets;
using Penstock.Bench.Net;

namespace Penstock.Bench.Upstream;

/// <summary>One caller's connection: a request at a time, keep-alive.</summary>
internal sealed class UpstreamLink : Link
{
    private readonly UpstreamServer _server;
    private readonly Answers _answers;
    private byte[] _kept = [];
    private int _keptLength;
    private byte[][]? _stream;
    private int _next;
    private int _streams;

    public UpstreamLink(EventLoop loop, Socket socket, UpstreamServer server, Answers answers)
        : base(loop)
    {
        _server = server;
        _answers = answers;
        Attach(socket);
    }

    /// <summary>Lets out the next event of a stream.</summary>
    /// <param name="stream">Which of this connection's streams was meant; it may have ended since.</param>
    /// <returns>Whether there is another one to come.</returns>
    public bool SendNext(int stream)
    {
        if (_stream is null || stream != _streams)
            return false;
        if (IsSending)
            return true; // A slow reader: this event waits for another interval.

        Send(_stream[_next++]);
        if (_stream is null || _next < _stream.Length)
            return _stream is not null;
        _stream = null;
        return false;
    }

    protected override void OnReadable()
    {
        var count = Receive();
        if (count == 0)
            return;
        if (count < 0)
        {
            OnBroken();
            return;
        }

        var data = Loop.ReadBuffer.AsSpan(0, count);
        if (_keptLength > 0)
        {
            Keep(data);
            data = _kept.AsSpan(0, _keptLength);
        }

        var call = ChatCall.Parse(data);
        if (call.Length == 0)
        {
            if (_keptLength == 0)
                Keep(data);
            if (call.NeedsContinue)
                Send(Answers.Continue);
            return;
        }

        // Nobody who is measured pipelines: what follows a request comes after its answer.
        _keptLength = 0;
        if (call.Length != data.Length || _stream is not null || IsSending)
        {
            OnBroken();
            return;
        }

        Answer(call);
    }

    protected override void OnBroken()
    {
        _stream = null;
        Close();
    }

    private void Answer(ChatCall call)
    {
        if (!call.IsPost)
        {
            Send(call.Path.EndsWith("/models"u8) ? _answers.Models : _answers.Health);
        }
        else if (!call.Path.EndsWith("/chat/completions"u8))
        {
            Send(_answers.NotFound);
        }
        else if (!call.Streamed)
        {
            Send(_answers.Completion);
        }
        else if (_server.SendsAtOnce)
        {
            Send(call.WantsUsage ? _answers.StreamWithUsageAtOnce : _answers.StreamAtOnce);
        }
        else
        {
            _stream = call.WantsUsage ? _answers.StreamWithUsage : _answers.Stream;
            _next = 0;
            _streams++;
            if (SendNext(_streams))
                _server.Schedule(this, _streams);
        }
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (_keptLength + data.Length > _kept.Length)
            Array.Resize(ref _kept, Math.Max(_kept.Length * 2, _keptLength + data.Length));
        data.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += data.Length;
    }
}
