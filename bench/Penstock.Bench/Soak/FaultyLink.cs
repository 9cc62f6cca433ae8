using System.Net.Sockets;

namespace Penstock.Bench.Soak;

/// <summary>A connection to a <see cref="FaultyServer"/>: a request at a time, kept alive where the fault allows it.</summary>
internal sealed class FaultyLink(FaultyServer server, Socket socket)
{
    private static readonly TimeSpan LateBy = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StallsFor = TimeSpan.FromSeconds(30);

    private byte[] _received = new byte[16 * 1024];
    private int _length;
    private SoakRequest _request;

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (await ReadRequestAsync(stopping) && await AnswerAsync(stopping))
            {
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The gateway has hung up, as it may at any time, or the run is over.
        }
        finally
        {
            socket.Dispose();
        }
    }

    private async Task<bool> ReadRequestAsync(CancellationToken stopping)
    {
        while (true)
        {
            if (_length > 0 && SoakRequest.TryParse(_received.AsSpan(0, _length), out _request, out var taken))
            {
                _received.AsSpan(taken, _length - taken).CopyTo(_received);
                _length -= taken;
                return true;
            }

            if (_length == _received.Length)
                Array.Resize(ref _received, _length * 2);
            var count = await socket.ReceiveAsync(_received.AsMemory(_length), stopping);
            if (count == 0)
                return false;
            _length += count;
        }
    }

    /// <returns>Whether the connection can take another request.</returns>
    private async Task<bool> AnswerAsync(CancellationToken stopping)
    {
        if (!_request.IsCompletion)
        {
            await SendAsync(SoakAnswers.Models(), stopping);
            return true;
        }

        var fault = server.Next(_request.Number);
        switch (fault)
        {
            case SoakFault.RateLimitedOnce:
                await SendAsync(SoakAnswers.Error(429, "Retry-After: 2\r\n"), stopping);
                return true;
            case SoakFault.RateLimitedForEver:
                await SendAsync(SoakAnswers.Error(429), stopping);
                return true;
            case SoakFault.FailsOnce:
                await SendAsync(SoakAnswers.Error(500), stopping);
                return true;
            case SoakFault.FailsForEver:
                await SendAsync(SoakAnswers.Error(503), stopping);
                return true;
            case SoakFault.ResetsOnce:
                socket.Close(0);
                return false;
            case SoakFault.NeverAnswers:
                await WaitForHangUpAsync(Timeout.InfiniteTimeSpan, stopping);
                return false;
            default:
                return _request.IsStreamed ? await StreamAsync(fault, stopping) : await WholeAsync(fault, stopping);
        }
    }

    private async Task<bool> WholeAsync(SoakFault fault, CancellationToken stopping)
    {
        var answer = SoakAnswers.Completion(_request.Said);
        var sent = fault switch
        {
            SoakFault.LateFirstToken => answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4,
            SoakFault.CutAfter40 => answer.Length * 2 / 3,
            SoakFault.StallsAfter20 => answer.Length / 3,
            _ => answer.Length,
        };
        await SendAsync(answer.AsMemory(0, sent), stopping);
        if (fault == SoakFault.CutAfter40)
        {
            socket.Close(0);
            return false;
        }

        if (sent == answer.Length)
            return true;
        if (await WaitForHangUpAsync(fault == SoakFault.LateFirstToken ? LateBy : StallsFor, stopping))
            return false;
        await SendAsync(answer.AsMemory(sent), stopping);
        return true;
    }

    private async Task<bool> StreamAsync(SoakFault fault, CancellationToken stopping)
    {
        await SendAsync(SoakAnswers.StreamHead(), stopping);
        if (fault == SoakFault.LateFirstToken && await WaitForHangUpAsync(LateBy, stopping))
            return false;
        await SendAsync(SoakAnswers.RoleEvent(), stopping);
        for (var word = _request.Said; word < SoakAnswers.Words; word++)
        {
            // Like a server that generates, so that the streams of a run overlap; a third of them is in a hurry.
            if (_request.Number % 3 != 0)
                await Task.Delay(2, stopping);
            if (fault == SoakFault.CutAfter40 && word == 40)
            {
                socket.Close(0);
                return false;
            }

            if (fault == SoakFault.StallsAfter20 && word == 20 && await WaitForHangUpAsync(StallsFor, stopping))
                return false;
            // The role is the first event, so this is the tenth.
            if (fault == SoakFault.BadTenthEvent && word == 8)
                await SendAsync(SoakAnswers.BadEvent(), stopping);
            await SendAsync(SoakAnswers.WordEvent(word), stopping);
        }

        await SendAsync(SoakAnswers.FinishEvent(), stopping);
        if (_request.WantsUsage)
            await SendAsync(SoakAnswers.UsageEvent(_request.Said), stopping);
        if (fault != SoakFault.WithoutDone)
            await SendAsync(SoakAnswers.DoneEvent(), stopping);
        await SendAsync(SoakAnswers.LastChunk(), stopping);
        return true;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stopping)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, stopping)..];
    }

    /// <returns>Whether the gateway hung up within that time.</returns>
    private async Task<bool> WaitForHangUpAsync(TimeSpan time, CancellationToken stopping)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        waiting.CancelAfter(time);
        try
        {
            // Nobody pipelines, so what can come is only the end.
            return await socket.ReceiveAsync(new byte[1], waiting.Token) >= 0;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return false;
        }
    }
}
