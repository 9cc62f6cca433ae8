using System.Diagnostics;
using System.Net.Sockets;
using Penstock.Bench.Http;
using Penstock.Bench.Net;

namespace Penstock.Bench.Load;

/// <summary>One caller: sends, waits for the whole answer, judges it, and sends again.</summary>
internal sealed class LoadLink : Link
{
    private readonly LoadRun _run;
    private readonly Target _target;
    private readonly byte[] _request;
    private readonly IAnswer _answer;
    private readonly ResponseReader _reader;
    private long _startedAt;
    private bool _sawFirst;

    public LoadLink(EventLoop loop, LoadRun run, Target target, byte[] request, IAnswer answer)
        : base(loop)
    {
        _run = run;
        _target = target;
        _request = request;
        _answer = answer;
        _reader = new ResponseReader(answer);
    }

    /// <summary>An answer is under way.</summary>
    public bool IsWaiting { get; private set; }

    public void Begin()
    {
        _reader.Reset();
        _sawFirst = false;
        _startedAt = Stopwatch.GetTimestamp();
        IsWaiting = true;
        if (!IsOpen)
        {
            try
            {
                Attach(_target.Connect());
            }
            catch (SocketException e)
            {
                End($"connect: {e.SocketErrorCode}");
                return;
            }
        }

        Send(_request);
    }

    protected override void OnReadable()
    {
        var count = Receive();
        if (count == 0)
            return;
        if (count < 0)
        {
            if (IsWaiting)
                End($"the connection broke after {_reader.BodyBytes} bytes of the body");
            else
                Close(); // Kept alive for its time, and closed between two requests: no error.
            return;
        }

        if (!IsWaiting)
        {
            End("there were bytes after the end of the answer");
            return;
        }

        var eventsBefore = _answer.Events;
        var problem = _reader.Feed(Loop.ReadBuffer.AsSpan(0, count));
        var events = _answer.Events - eventsBefore;
        if (events > 0)
            _run.CountEvents(events);
        if (!_sawFirst && (events > 0 || (_reader.IsDone && _reader.Status == 200)))
        {
            _sawFirst = true;
            _run.CountFirst(Stopwatch.GetTimestamp() - _startedAt);
        }

        if (problem is not null)
            End(problem);
        else if (_reader.IsDone)
            End(_reader.Verdict());
    }

    protected override void OnBroken() => End("the connection broke while the request was sent");

    private void End(string? problem)
    {
        IsWaiting = false;
        if (problem is not null || _reader.Close)
            Close();
        _run.Completed(this, Stopwatch.GetTimestamp() - _startedAt, problem);
    }
}
