using System.Diagnostics;
using Penstock.Backends;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>
/// One try at one backend, from dispatch until its answer has been relayed or given up. It holds what must be given
/// back on every path (the seat, the deadline, the connection, the span), and says at its end how it went.
/// </summary>
internal sealed partial class Attempt : IAsyncDisposable
{
    private static readonly Action<object?> Cancel = static attempt => ((Attempt)attempt!)._cancellation.Cancel();

    private readonly ForwardedCall _call;
    private readonly Pick _pick;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Deadline _deadline;
    private readonly CancellationToken _outrun;
    private readonly CancellationTokenRegistration _onGivenUp;
    private readonly CancellationTokenRegistration _onShutDown;
    private readonly CancellationTokenRegistration _onOutrun;
    private readonly TimeSpan _firstTokenTimeout;
    private BackendResponse? _response;
    private bool _hasBegun;
    private bool _isDisposed;

    /// <param name="call">What is asked.</param>
    /// <param name="pick">Who is asked; its seat is given back with this.</param>
    /// <param name="metrics">Count it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="outrun">Fires when another attempt beside this one was faster.</param>
    public Attempt(ForwardedCall call, in Pick pick, GatewayMetrics metrics, TimeProvider time, CancellationToken outrun)
    {
        _call = call;
        _pick = pick;
        _metrics = metrics;
        _time = time;
        _outrun = outrun;
        var config = Backend.Config;
        _firstTokenTimeout = call.Settings.FirstTokenTimeout ?? config.FirstTokenTimeout;
        SentAt = time.GetTimestamp();
        pick.Dispatch?.Sent();
        // After what a policy may throw: a span that was begun is ended by nobody else.
        Span = GatewayTracing.StartAttempt(
            call.Record.Span, CallLabels.OperationOf(call.Record.Endpoint), config.Model ?? Pool.Model ?? call.Record.RequestedModel,
            Backend.Name, config.Url, call.CountAttempt());
        Limit = call.IsEventStream && _firstTokenTimeout < config.Timeout ? _firstTokenTimeout : config.Timeout;
        _deadline = new Deadline(_cancellation, time, Limit);
        _onGivenUp = call.GivenUp.UnsafeRegister(Cancel, this);
        _onShutDown = call.ShutDown.UnsafeRegister(Cancel, this);
        if (outrun.CanBeCanceled) _onOutrun = outrun.UnsafeRegister(Cancel, this);
    }

    public Backend Backend => _pick.Backend;

    public Pool Pool => _pick.Pool;

    /// <summary>The span's <c>traceparent</c> and <c>tracestate</c>; null while nobody traces.</summary>
    public Activity? Span { get; }

    /// <summary>Fires when nobody waits for it any more, time is up or the gateway stops.</summary>
    public CancellationToken Cancellation => _cancellation.Token;

    public BackendResponse Response
    {
        get => _response ?? throw new InvalidOperationException("There is no answer yet.");
        set => _response = value;
    }

    /// <summary>Whether the gateway added the question for usage, whose answer the caller does not expect.</summary>
    public bool AskedForUsage { get; init; }

    /// <summary>When it was sent.</summary>
    public long SentAt { get; }

    /// <summary>When its answer, or the first content of it, had come; 0 before.</summary>
    public long AnsweredAt { get; private set; }

    /// <summary>The time that has run out, if one has.</summary>
    public TimeSpan Limit { get; private set; }

    /// <summary>How it ended. Set before it is disposed.</summary>
    public AttemptFailure Failure { get; set; }

    /// <summary>What there is to say about <see cref="Failure"/>, for the log.</summary>
    public string? Reason { get; set; }

    /// <summary>What its server said of the time that the answer took; null where it has said nothing.</summary>
    public AnswerTimings? Timings { get; set; }

    /// <summary>When the backend wants to be asked again; null where it has not said.</summary>
    public TimeSpan? RetryAfter { get; set; }

    /// <summary>Its answer has come, or enough of it to know what it is.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="hasBegun">Whether it is a stream with content.</param>
    public void NoteAnswered(long now, bool hasBegun)
    {
        AnsweredAt = now;
        if (hasBegun) _pick.Dispatch?.FirstToken(_time.GetElapsedTime(SentAt, now));
    }

    /// <summary>A stream's headers have come: its first content has the rest of the time for that, whatever is left of the other.</summary>
    public void AwaitFirstToken()
    {
        Limit = _firstTokenTimeout;
        var left = _firstTokenTimeout - _time.GetElapsedTime(SentAt);
        _deadline.Set(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    /// <summary>The answer has begun: from here on only silence is limited, by <see cref="AwaitMore"/>.</summary>
    public void Begin()
    {
        _hasBegun = true;
        _deadline.Clear();
        // Unless time has run out this very moment: then that is the answer.
        Cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>The next read begins; the backend has its idle timeout for it.</summary>
    public void AwaitMore() => _deadline.Set(Limit = Backend.Config.IdleTimeout);

    /// <summary>The read has ended; how long the caller takes to take it is not the backend's fault.</summary>
    public void GotMore() => _deadline.Clear();

    /// <summary>What is left to do with the backend may take this long.</summary>
    public void SetDeadline(TimeSpan deadline) => _deadline.Set(Limit = deadline);

    /// <summary>Why <see cref="Cancellation"/> has fired.</summary>
    public AttemptFailure CancellationCause =>
        _call.GivenUp.IsCancellationRequested ? AttemptFailure.CallerGone
        : _call.ShutDown.IsCancellationRequested ? AttemptFailure.ShutDown
        : _outrun.IsCancellationRequested ? AttemptFailure.Outrun
        : _hasBegun ? AttemptFailure.Stalled
        : AttemptFailure.Timeout;
}
