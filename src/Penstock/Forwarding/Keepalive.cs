using Microsoft.AspNetCore.Http;

namespace Penstock.Forwarding;

/// <summary>
/// Signs of life for a caller whose stream has nothing to say yet: comments, which clients skip, so that no load
/// balancer takes the silence for the end. With the first one the status is committed.
/// </summary>
internal sealed class Keepalive : IAsyncDisposable
{
    private static readonly byte[] Comment = ": keepalive\n\n"u8.ToArray();

    private readonly Lock _lock = new();
    private readonly HttpResponse _response;
    private readonly ForwardedCall _call;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;
    private Task _writing = Task.CompletedTask;
    private bool _isRunning;

    private Keepalive(HttpResponse response, ForwardedCall call, TimeProvider time)
    {
        _response = response;
        _call = call;
        _interval = call.Settings.Keepalive;
        _isRunning = true;
        _timer = time.CreateTimer(static keepalive => ((Keepalive)keepalive!).Beat(), this, _interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins to wait; null where the answer is no stream, and nothing can be said before it.</summary>
    public static Keepalive? For(HttpResponse response, ForwardedCall call, TimeProvider time) =>
        call.IsEventStream ? new Keepalive(response, call, time) : null;

    /// <summary>Begins to wait again.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _isRunning = true;
            _timer.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends the waiting. When this has returned, nothing is being written any more.</summary>
    public ValueTask StopAsync()
    {
        Task writing;
        lock (_lock)
        {
            _isRunning = false;
            writing = _writing;
        }

        return writing.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(writing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _timer.DisposeAsync();
    }

    private void Beat()
    {
        lock (_lock)
        {
            // One at a time, and not here: writing may go as far as the socket.
            if (_isRunning && _writing.IsCompleted) _writing = Task.Run(WriteAsync);
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            if (!_response.HasStarted)
            {
                ResponseHead.WriteStream(_response, _call, attempt: null);
                _call.Record.Status = StatusCodes.Status200OK;
            }

            await _response.BodyWriter.WriteAsync(Comment);
            _call.Record.BytesOut += Comment.Length;
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or IOException)
        {
            // The caller has left, which others notice as well.
            return;
        }

        lock (_lock)
        {
            if (_isRunning) _timer.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }
}
