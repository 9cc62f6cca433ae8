using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>How it ends: what it took is given back, and what it has shown of the backend is told.</summary>
internal sealed partial class Attempt
{
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
            End();
        }
    }

    // A policy or who listens to metrics may throw: what is to be given back is given back all the same.
    private void End()
    {
        try
        {
            _onGivenUp.Dispose();
            _onShutDown.Dispose();
            _onOutrun.Dispose();
            _deadline.Dispose();
            _cancellation.Dispose();
            TellHealth();
        }
        finally
        {
            GiveBackSeat();
        }
    }

    private void GiveBackSeat()
    {
        try
        {
            _pick.Dispose();
        }
        finally
        {
            Count();
        }
    }

    // Before the seat is given back: a breaker on trial is judged by what this says.
    private void TellHealth()
    {
        if (AnsweredAt == 0 && Failure is AttemptFailure.CallerGone or AttemptFailure.Outrun or AttemptFailure.Timeout)
        {
            var (estimate, tokens, isStream) = (_call.Record.TokenEstimate, _call.Record.PromptEstimate, _call.IsEventStream);
            Backend.State.Learned.ObserveUnanswered(_time.GetElapsedTime(SentAt), tokens, isStream ? 0 : Math.Max(0, estimate - tokens), isStream, SentAt);
        }

        var health = Backend.State.Health;
        if (RetryAfter is { } wait) health.Rest(wait);
        switch (Failure)
        {
            case AttemptFailure.Outrun or AttemptFailure.CallerGone or AttemptFailure.ShutDown or AttemptFailure.Different:
                break;
            case AttemptFailure.Credentials:
                health.RejectCredentials(Reason ?? "");
                break;
            case var failure when AttemptFailures.IsBackendsFault(failure):
                health.Failed(Reason ?? AttemptFailures.NameOf(failure), _pick.Seat.IsTrial);
                break;
            default:
                health.Succeeded(_pick.Seat.IsTrial);
                if (Failure == AttemptFailure.None && _response is { StatusCode: < 400 }) NoteTimes();
                break;
        }
    }

    private void NoteTimes()
    {
        var latency = _time.GetElapsedTime(SentAt);
        TimeSpan? answered = AnsweredAt != 0 ? _time.GetElapsedTime(SentAt, AnsweredAt) : null;
        var first = _call.IsEventStream ? answered : null;
        Backend.State.Answered(latency, first);
        if (first is { } after) Backend.State.Learned.ObserveFirstToken(after, TokensRead(), SentAt);
        else if (answered is { } whole && _call.Record.Usage is { } usage) Backend.State.Learned.ObserveWhole(whole, TokensRead(), usage.CompletionTokens, SentAt);
        else Backend.State.Learned.ObserveNothing(SentAt);
        _pick.Dispatch?.Answered(latency, _call.Record.Usage, Timings);
    }

    // What the server had to read before it could answer.
    private long TokensRead() => Timings?.PromptTokens
        ?? (_call.Record.Usage is { } usage ? usage.PromptTokens - (usage.CachedTokens ?? 0) : _call.Record.PromptEstimate);

    private void Count()
    {
        var outcome = AttemptFailures.NameOf(Failure);
        _metrics.CountAttempt(Backend.Name, outcome);
        _call.Record.NoteAttempt(Backend.Name, Failure == AttemptFailure.None ? null : outcome);
        GatewayTracing.EndAttempt(
            Span, _response?.StatusCode, Failure == AttemptFailure.None ? null : outcome,
            _call.Record.Usage?.PromptTokens, _call.Record.Usage?.CompletionTokens);
    }
}
