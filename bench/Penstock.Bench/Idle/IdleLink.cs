using System.Net.Sockets;
using Penstock.Bench.Http;
using Penstock.Bench.Net;

namespace Penstock.Bench.Idle;

/// <summary>One caller of a stream that says its first word and then thinks.</summary>
internal sealed class IdleLink : Link
{
    private readonly IdleRun _run;
    private readonly StreamAnswer _answer = new(0);
    private readonly ResponseReader _reader;
    private bool _begun;

    public IdleLink(EventLoop loop, IdleRun run)
        : base(loop)
    {
        _run = run;
        _reader = new ResponseReader(_answer);
    }

    public void Begin(Target target, byte[] request)
    {
        try
        {
            Attach(target.Connect());
        }
        catch (SocketException e)
        {
            Fail($"connect: {e.SocketErrorCode}");
            return;
        }

        _reader.Reset();
        Send(request);
    }

    protected override void OnReadable()
    {
        var count = Receive();
        if (count == 0)
            return;
        if (count < 0)
        {
            Fail(_begun ? "an idle stream was closed" : "the connection broke before the first event");
            return;
        }

        if (_reader.Feed(Loop.ReadBuffer.AsSpan(0, count)) is { } problem)
        {
            Fail(problem);
        }
        else if (_reader.IsDone)
        {
            Fail(_reader.Verdict() ?? "the stream ended: the upstream does not idle");
        }
        else if (!_begun && _answer.Events > 0)
        {
            _begun = true;
            _run.CountBegun();
        }
    }

    protected override void OnBroken() => Fail("the connection broke while the request was sent");

    private void Fail(string problem)
    {
        Close();
        _run.CountFailed(problem, _begun);
    }
}
