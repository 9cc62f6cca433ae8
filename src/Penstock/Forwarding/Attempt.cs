using System.Diagnostics;
using Penstock.Backends;
using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>
/// One try at one backend, from dispatch until its answer has been relayed or given up. It holds what must be given
/// back on every path: the seat, the deadline, the connection, the span.
/// </summary>
internal sealed class Attempt : IAsyncDisposable
{
    private static readonly Action<object?> Cancel = static attempt => ((Attempt)attempt!)._cancellation.Cancel();

    private readonly ForwardedCall _call;
    private readonly GatewayMetrics _metrics;
    private readonly Activity? _span;
    private readonly BackendState.Lease _lease;
    private readonly CancellationTokenSource _cancellation;
    private readonly CancellationTokenRegistration _callerGone;
    private readonly CancellationTokenRegistration _shutDown;
    private BackendResponse? _response;
    private bool _isDisposed;

    public Attempt(ForwardedCall call, Backend backend, int number, GatewayMetrics metrics, TimeProvider time)
    {
        _call = call;
        _metrics = metrics;
        Backend = backend;
        if (!backend.TryEnter(out var lease)) throw new InvalidOperationException("There is no seat.");
        _lease = lease;
        _span = GatewayTracing.StartAttempt(
            call.Record.Span, CallLabels.OperationOf(call.Record.Endpoint), backend.Config.Model ?? call.Record.RequestedModel,
            backend.Name, backend.Config.Url, number);
        _cancellation = new CancellationTokenSource(backend.Config.Timeout, time);
        _callerGone = call.CallerGone.UnsafeRegister(Cancel, this);
        _shutDown = call.ShutDown.UnsafeRegister(Cancel, this);
    }

    public Backend Backend { get; }

    /// <summary>The span's <c>traceparent</c> and <c>tracestate</c>; null while nobody traces.</summary>
    public Activity? Span => _span;

    /// <summary>Fires when the caller has gone, time is up or the gateway stops.</summary>
    public CancellationToken Cancellation => _cancellation.Token;

    public BackendResponse Response
    {
        get => _response ?? throw new InvalidOperationException("There is no answer yet.");
        set => _response = value;
    }

    /// <summary>Whether the gateway added the question for usage, whose answer the caller does not expect.</summary>
    public bool AskedForUsage { get; init; }

    /// <summary>How it ended. Set before it is disposed.</summary>
    public AttemptFailure Failure { get; set; }

    /// <summary>The stream has begun: from here on its time is not limited by the timeout for its beginning.</summary>
    public void ClearDeadline() => _cancellation.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>What is left to do with the backend may take this long.</summary>
    public void SetDeadline(TimeSpan deadline) => _cancellation.CancelAfter(deadline);

    /// <summary>Why <see cref="Cancellation"/> has fired.</summary>
    public AttemptFailure CancellationCause =>
        _call.CallerGone.IsCancellationRequested ? AttemptFailure.CallerGone
        : _call.ShutDown.IsCancellationRequested ? AttemptFailure.ShutDown
        : AttemptFailure.FirstByteTimeout;

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        try
        {
            if (_response is not null) await _response.DisposeAsync();
        }
        finally
        {
            _callerGone.Dispose();
            _shutDown.Dispose();
            _cancellation.Dispose();
            _lease.Dispose();
            var outcome = AttemptOutcomes.NameOf(Failure);
            _metrics.CountAttempt(Backend.Name, outcome);
            GatewayTracing.EndAttempt(
                _span, _response?.StatusCode, Failure == AttemptFailure.None ? null : outcome,
                _call.Record.Usage?.PromptTokens, _call.Record.Usage?.CompletionTokens);
        }
    }
}
